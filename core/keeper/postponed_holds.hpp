// What is to be tried again, in the order it came.
#pragma once

#include "core/process/wire.hpp"

#include <cstddef>

namespace cordon::keeper {

/// More than the supervisor asks for at once. Allocates nothing.
class postponed_holds {
public:
  /// False: no room.
  [[nodiscard]] bool add(const process::wire::command& wanted) noexcept {
    if (count_ == most)
      return false;
    items_[(first_ + count_++) % most] = wanted;
    return true;
  }
  [[nodiscard]] bool empty() const noexcept {
    return count_ == 0;
  }
  /// Of those that there are.
  [[nodiscard]] process::wire::command take() noexcept {
    const auto taken = items_[first_];
    first_ = (first_ + 1) % most;
    --count_;
    return taken;
  }

private:
  static constexpr std::size_t most = 256;
  process::wire::command items_[most];
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

} // namespace cordon::keeper
