// What the supervisor is told of traced threads, without waiting for it.
#pragma once

#include "core/process/wire.hpp"

#include <sys/types.h>

#include <cstddef>

namespace cordon::keeper {

/// A supervisor that is stopped reads nothing, and a keeper that waited for it
/// could not end the run when its time is up. So news that find no room in the
/// socket wait here. Allocates nothing.
class tracing_news {
public:
  /// `what`: traced or untraced.
  void tell(process::wire::report::kind what, pid_t tid) noexcept;
  /// Whether some are left to be sent when the socket takes them.
  [[nodiscard]] bool waiting() const noexcept {
    return count_ != 0;
  }
  /// Sends what the socket takes.
  void send_waiting() noexcept;

private:
  /// More threads than that do not wait for news at once; should they, the
  /// oldest are lost: a thread less is repaired.
  static constexpr std::size_t most = 8192;
  struct item {
    process::wire::report::kind what;
    pid_t tid;
  };
  item items_[most];
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

} // namespace cordon::keeper
