// What /proc tells of a thread's signals.
#pragma once

#include <sys/types.h>

namespace cordon::process {

/// Whether the thread's process has a handler for any signal. False when it is
/// gone.
[[nodiscard]] bool catches_signals(pid_t tid);

/// Whether a signal waits that would interrupt this thread: sent to it, or to
/// its process with every thread that the kernel would rather choose blocking
/// it. What is ignored, also by default, does not count.
[[nodiscard]] bool is_signalled(pid_t tid);

} // namespace cordon::process
