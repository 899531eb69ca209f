#include "core/notify/caller_fds.hpp"

#include "core/linux/calls.hpp"
#include "core/process/thread_pidfd.hpp"

#include <utility>

namespace cordon::notify {

result<unique_fd> caller_fds::take(pid_t tid, int fd) {
  const bool remembered = thread_ && tid_ == tid;
  if (!remembered) {
    tid_ = tid;
    thread_ = process::thread_pidfd(tid);
    if (!thread_)
      return fail_errno("hold the calling thread");
  }
  unique_fd taken{sys::pidfd_getfd(thread_.get(), fd)};
  if (taken)
    return taken;
  const int error = errno;
  if (error != ESRCH)
    return fail(error, "take a caller's fd");
  thread_.reset(); // it has died; its number may be another's now
  return remembered ? take(tid, fd) : fail(error, "take a caller's fd");
}

} // namespace cordon::notify
