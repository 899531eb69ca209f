// The registers of a stopped thread, as far as a restart of its system call
// needs them.
#pragma once

#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/user.h>
#include <unistd.h>

namespace cordon::sys {

/// For a thread that stopped to have a signal delivered: if its call ended in
/// ERESTARTSYS and `wanted(number)` says so, the call will be restarted
/// whatever the handler's flags say (ERESTARTNOINTR). Async-signal-safe.
template <class Wanted>
void restart_always(pid_t tid, Wanted wanted) noexcept {
#if defined(__x86_64__)
  constexpr long get = 12, set = 13; // PTRACE_GETREGS, PTRACE_SETREGS
  constexpr long if_handler_says_so = -512, always = -513;
  user_regs_struct registers;
  if (::syscall(SYS_ptrace, get, tid, nullptr, &registers) != 0
      || static_cast<long>(registers.rax) != if_handler_says_so
      || !wanted(static_cast<long>(registers.orig_rax)))
    return;
  registers.rax = static_cast<unsigned long long>(always);
  ::syscall(SYS_ptrace, set, tid, nullptr, &registers);
#else
  // aarch64 prepares the restart before this stop; there is nothing to change.
  static_cast<void>(tid);
  static_cast<void>(wanted);
#endif
}

} // namespace cordon::sys
