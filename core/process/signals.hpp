// What /proc tells of a thread's signals.
#pragma once

#include <sys/types.h>

namespace cordon::process {

/// Whether the thread's process has a handler for any signal. False when it is
/// gone.
[[nodiscard]] bool catches_signals(pid_t tid);

} // namespace cordon::process
