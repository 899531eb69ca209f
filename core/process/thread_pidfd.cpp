#include "core/process/thread_pidfd.hpp"

#include "core/linux/calls.hpp"
#include "core/process/family.hpp"

#include <cerrno>

namespace cordon::process {

unique_fd thread_pidfd(pid_t tid) {
  unique_fd made{sys::pidfd_open_thread(tid)};
  if (made || errno != EINVAL)
    return made;
  return unique_fd{sys::pidfd_open(process_of(tid).value_or(0))};
}

} // namespace cordon::process
