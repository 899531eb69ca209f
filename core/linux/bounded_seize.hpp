// PTRACE_SEIZE for a tracer of many threads.
//
// execve(2) holds a mutex of its process while it waits for all other threads
// to be gone. One that is traced is gone when its tracer has waited for it. To
// start tracing a thread takes that mutex: a tracer that does so meanwhile
// waits for the exec, and the exec for the tracer, for ever. Nothing tells
// beforehand.
#pragma once

#include <sys/types.h>

namespace cordon::sys {

/// Attaches without stopping. 0 or an errno: EINTR when that would have taken
/// longer than some 10 ms, and did nothing. Uses ITIMER_REAL and SIGALRM, whose
/// handler the first call installs; for programs of one thread.
int bounded_seize(pid_t tid, long options) noexcept;

} // namespace cordon::sys
