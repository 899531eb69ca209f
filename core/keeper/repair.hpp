// Calls that a signal broke before the supervisor could receive them.
//
// Between the trap and the supervisor's RECV a signal ends a call with EINTR
// that the kernel's own call would never give (fork, chmod, stat): seccomp
// answers ERESTARTSYS, and a handler without SA_RESTART makes that EINTR. A
// tracer sees the thread once more, in the stop before the handler runs, and
// can make it ERESTARTNOINTR: the handler runs, then the call starts again.
// Such a call has never run, so nothing is done twice.
#pragma once

#include "core/process/wire.hpp"

#include <sys/types.h>

namespace cordon::keeper {

/// Starts tracing a thread (PTRACE_SEIZE: it does not even stop), until it
/// execs or exits. A thread that cannot be traced, because somebody else does,
/// stays as it is. Returns 0 or an errno; EINTR: another thread of its process
/// is in an exec that takes long (core/linux/bounded_seize.hpp).
int trace(pid_t tid) noexcept;

/// The same for the program that a run begins with, before it runs: the first
/// call of a thread is the one that tells the supervisor of it, and a signal
/// may break that one. Returns whether it is traced.
bool trace_early(pid_t child) noexcept;

/// Whether the thread is the one traced early; from now on it stays traced
/// until it exits. Else it is let go after some signals, and earlier when it
/// has no handlers, so that a program whose calls are never trapped pays for no
/// more than those.
bool claim(pid_t tid) noexcept;

/// Lets a thread go, so that somebody else can trace it. It may run on before
/// this has happened; `take_stop` tells when. False: it is not traced.
bool release(pid_t tid) noexcept;

/// The thread's call was received, and is about to be answered with
/// ERESTARTSYS because a signal waits: at its next stop that is left alone.
void leave_interrupted(pid_t tid) noexcept;

/// Whether the thread is to be let go at the stop that it is in; asked once.
bool is_leaving(pid_t tid) noexcept;

/// What became of a traced thread.
enum class stop_outcome {
  goes_on,       ///< it stopped and has been continued
  let_go,        ///< it execed, or was to be released: no longer traced
  group_stopped, ///< it is stopped, as its whole process is
};

/// Handles what waitpid(2) says of a traced thread that stopped.
stop_outcome take_stop(const process::wire::plan& plan, pid_t tid,
                       int status) noexcept;

} // namespace cordon::keeper
