// One trapped call, from its arrival to its answer.
#pragma once

#include "core/notify/notification.hpp"
#include "core/notify/request.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>

namespace cordon::actors {

/// What travels with the messages about a call. Subsystems, on whichever
/// thread, read `asked`; the rest is the listener's.
class call {
public:
  using clock = std::chrono::steady_clock;

  call(notify::notification note, notify::request asked, clock::time_point at)
      : asked_(std::move(asked))
      , note_(std::move(note))
      , arrived_(at) {
  }

  /// Read once, immutable.
  [[nodiscard]] const notify::request& asked() const noexcept {
    return asked_;
  }

private:
  friend class listener;

  const notify::request asked_;
  notify::notification note_;
  clock::time_point arrived_;
  std::size_t stop_ = 0; ///< where on its route it is
  std::size_t slot_ = 0; ///< where the listener keeps it
};

/// A call dropped by everybody before it was answered refuses (EPERM).
using call_ptr = std::shared_ptr<call>;

} // namespace cordon::actors
