// One trapped call that waits for its answer.
#pragma once

#include "core/notify/calls.hpp"

#include <sys/types.h>

#include <cstdint>
#include <memory>

namespace cordon::notify {

/// Answers exactly once: the first answer counts, later ones do nothing, and
/// one that is dropped without an answer refuses the call (EPERM). Move-only.
class notification {
public:
  notification(std::shared_ptr<calls> kernel,
               const seccomp_notif& raw) noexcept;
  notification(notification&& other) noexcept;
  notification& operator=(notification&& other) noexcept;
  notification(const notification&) = delete;
  notification& operator=(const notification&) = delete;
  ~notification();

  [[nodiscard]] std::uint64_t id() const noexcept {
    return raw_.id;
  }
  /// The calling thread, in our pid namespace; 0 when it has no number there.
  [[nodiscard]] pid_t tid() const noexcept {
    return static_cast<pid_t>(raw_.pid);
  }
  [[nodiscard]] const seccomp_data& data() const noexcept {
    return raw_.data;
  }
  /// As the kernel gave it.
  [[nodiscard]] const seccomp_notif& raw() const noexcept {
    return raw_;
  }
  [[nodiscard]] bool answered() const noexcept {
    return kernel_ == nullptr;
  }
  /// Whether the caller still waits. To be asked after everything that was
  /// read of it by number, and before anything irreversible.
  [[nodiscard]] bool valid() const;

  // Each returns whether the answer reached the caller; false when it has
  // gone, or was answered before.

  /// The kernel runs the call (CONTINUE), reading all memory anew: this
  /// permits nothing and may be given only where the wall makes the worst
  /// race harmless, or where register values alone decided.
  bool pass();
  /// The call fails with `error`, 1…4095; anything else counts as EPERM.
  bool refuse(int error);
  /// The call returns `value`. -4095…-1 would read as an errno: EPERM then.
  bool give(std::int64_t value);
  /// The call returns the number of a copy of `fd` in the caller's table, or
  /// fails as the caller's own limits say (EMFILE).
  bool inject(int fd, bool close_on_exec);
  /// The call is interrupted by the signal that waits for its thread: EINTR or
  /// a restart, as the handler wants (ERESTARTSYS). Only for a thread with a
  /// deliverable signal: without one the program would see errno 512.
  bool interrupt();

private:
  bool send(seccomp_notif_resp answer);

  std::shared_ptr<calls> kernel_; ///< null: answered
  seccomp_notif raw_{};
};

} // namespace cordon::notify
