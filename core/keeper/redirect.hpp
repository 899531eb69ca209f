// Calls that only a thread itself can make, made by it without its knowing, at
// the end of the call that it waited in: fchdir(2), so that the kernel's own
// working directory is the one that counts, through fork, threads and
// everything; and what gives it an O_PATH fd (core/keeper/errand.hpp).
//
//   hold:  the thread is traced; it will stop when its call has been answered
//   send:  on which errand; then its registers and signal mask are as they
//          were, the call's value being what the errand came to
//
// And a program started: a thread that is held so has its call replaced by an
// execve(2) of the one file that may be run, with its own argument lists. No
// memory of it is touched, so nobody else of its process can tell or interfere.
#pragma once

#include "core/keeper/errand.hpp"

#include <sys/types.h>

#include <cstdint>

namespace cordon::keeper {

/// Returns 0, or why the thread cannot be held: EPERM when somebody else traces
/// it, ENOSYS on this machine. To be tried again: EAGAIN
/// when too many are held, EINTR (`trace`).
int hold(pid_t tid) noexcept;

/// Says what a held thread is to do.
void send_on(pid_t tid, const errand& what) noexcept;

/// `hold`, and what for: when its call has been answered the thread makes the
/// call execve(path, argv, envp) in its place.
int hold_to_exec(pid_t tid, const std::uint64_t (&arguments)[3]) noexcept;

/// `hold` for a thread that is traced and waits in ptrace(2): when its call has
/// been answered it is let go, and makes the call once more.
int hold_to_let_go(pid_t tid) noexcept;

/// From now on the thread stays traced after its errand. False: it is not
/// held.
bool keep_traced(pid_t tid) noexcept;

/// What became of a stop.
enum class redirect_stop {
  not_held, ///< somebody else's business
  goes_on,  ///< taken, the thread stays traced
  let_go,   ///< taken, the thread is no longer traced
};
redirect_stop take_redirect_stop(pid_t tid, int status) noexcept;

/// The thread is no more.
void forget_held(pid_t tid) noexcept;

} // namespace cordon::keeper
