// Ending one process of a sandbox.
#pragma once

#include <sys/types.h>

#include <functional>

namespace cordon::process {

/// Sends SIGKILL to the process that thread `tid` belongs to. `is_still_it` is
/// asked when the process is held and before it is signalled: whether `tid` is
/// the thread that was meant. Returns 0, or ESRCH when it is gone.
int kill_process(pid_t tid, const std::function<bool()>& is_still_it);

} // namespace cordon::process
