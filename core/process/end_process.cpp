#include "core/process/end_process.hpp"

#include "core/base/unique_fd.hpp"
#include "core/linux/calls.hpp"
#include "core/process/family.hpp"

#include <cerrno>

namespace cordon::process {

int kill_process(pid_t tid, const std::function<bool()>& is_still_it) {
  const auto process = process_of(tid);
  if (!process)
    return ESRCH;
  const unique_fd held{sys::pidfd_open(*process)};
  if (!held || !is_still_it())
    return ESRCH;
  return sys::pidfd_send_signal(held.get(), SIGKILL) == 0 ? 0 : errno;
}

} // namespace cordon::process
