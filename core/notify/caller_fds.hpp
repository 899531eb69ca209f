// File descriptors of the threads that wait for answers.
#pragma once

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"

#include <sys/types.h>

namespace cordon::notify {

/// Takes copies of callers' fds (pidfd_getfd, Linux 5.6). Remembers the last
/// thread, as most calls come from where the one before came from. One that has
/// died meanwhile is noticed, even when its number lives again.
class caller_fds {
public:
  /// A second fd for what `fd` is in the table of thread `tid`: the same open
  /// file, with its mode, flags and position. EBADF: it is nothing there;
  /// EPERM, ENOSYS, ESRCH: this cannot be done here. To be believed only when
  /// the notification is valid afterwards.
  [[nodiscard]] result<unique_fd> take(pid_t tid, int fd);

private:
  pid_t tid_ = 0;
  unique_fd thread_; ///< a pidfd
};

} // namespace cordon::notify
