// The registers of a stopped thread, as far as a restart of its system call
// needs them.
#pragma once

#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/user.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace cordon::sys {

/// For a thread that stopped to have a signal delivered: if its call ended in
/// ERESTARTSYS and `wanted(number)` says so, the call will be restarted
/// whatever the handler's flags say (ERESTARTNOINTR). Returns whether it will.
/// Async-signal-safe.
template <class Wanted>
bool restart_always(pid_t tid, Wanted wanted) noexcept {
#if defined(__x86_64__)
  constexpr long get = 12, set = 13; // PTRACE_GETREGS, PTRACE_SETREGS
  constexpr long if_handler_says_so = -512, always = -513;
  user_regs_struct registers;
  if (::syscall(SYS_ptrace, get, tid, nullptr, &registers) != 0
      || static_cast<long>(registers.rax) != if_handler_says_so
      || !wanted(static_cast<long>(registers.orig_rax)))
    return false;
  registers.rax = static_cast<unsigned long long>(always);
  return ::syscall(SYS_ptrace, set, tid, nullptr, &registers) == 0;
#else
  // aarch64 prepares the restart before this stop; there is nothing to change.
  static_cast<void>(tid);
  static_cast<void>(wanted);
  return false;
#endif
}

/// A system call that a thread is made to make.
struct system_call {
  long number = 0;
  std::uint64_t arguments[6] = {};
};

/// What a thread that stopped at the end of a system call is made to do.
#if defined(__x86_64__)

using registers = user_regs_struct;
inline constexpr bool can_set_registers = true;

inline bool get_registers(pid_t tid, registers& into) noexcept {
  constexpr long get = 12; // PTRACE_GETREGS
  return ::syscall(SYS_ptrace, get, tid, nullptr, &into) == 0;
}

inline void set_registers(pid_t tid, const registers& from) noexcept {
  constexpr long set = 13; // PTRACE_SETREGS
  ::syscall(SYS_ptrace, set, tid, nullptr, &from);
}

/// It makes this call, by the instruction that it came from (`was`: its
/// registers there).
inline void set_call(pid_t tid, const registers& was,
                     const system_call& what) noexcept {
  constexpr unsigned long long instruction = 2; // syscall: 0f 05
  auto wanted = was;
  wanted.rip -= instruction;
  wanted.rax = static_cast<unsigned long long>(what.number);
  wanted.orig_rax = ~0ULL; // no restart of anything
  wanted.rdi = what.arguments[0];
  wanted.rsi = what.arguments[1];
  wanted.rdx = what.arguments[2];
  wanted.r10 = what.arguments[3];
  wanted.r8 = what.arguments[4];
  wanted.r9 = what.arguments[5];
  set_registers(tid, wanted);
}

/// Whether these are of a thread at the end of a call of the exec family with
/// these argument lists.
inline bool is_exec(const registers& now,
                    const std::uint64_t (&arguments)[3]) noexcept {
  const bool at = now.orig_rax == SYS_execveat;
  return (at || now.orig_rax == SYS_execve)
         && (at ? now.rdx : now.rsi) == arguments[1]
         && (at ? now.r10 : now.rdx) == arguments[2];
}

/// It makes the call that it came from once more, if that is `number`.
inline bool set_again(pid_t tid, const registers& was, long number) noexcept {
  constexpr unsigned long long instruction = 2; // syscall: 0f 05
  if (was.orig_rax != static_cast<unsigned long long>(number))
    return false;
  auto wanted = was;
  wanted.rip -= instruction;
  wanted.rax = was.orig_rax;
  wanted.orig_rax = ~0ULL;
  set_registers(tid, wanted);
  return true;
}

/// It calls execve(2) by that instruction, when it goes on.
inline void set_exec(pid_t tid, const registers& was,
                     const std::uint64_t (&arguments)[3]) noexcept {
  constexpr unsigned long long instruction = 2; // syscall: 0f 05
  auto wanted = was;
  wanted.rip -= instruction;
  wanted.rax = SYS_execve;
  wanted.orig_rax = ~0ULL; // no restart of anything
  wanted.rdi = arguments[0];
  wanted.rsi = arguments[1];
  wanted.rdx = arguments[2];
  set_registers(tid, wanted);
}

inline long result_of_call(pid_t tid) noexcept {
  registers now;
  return get_registers(tid, now) ? static_cast<long>(now.rax) : -ESRCH;
}

/// It goes on after the call it came from, which returns `result`.
inline void set_outcome(pid_t tid, const registers& was, long result) noexcept {
  auto wanted = was;
  wanted.rax = static_cast<unsigned long long>(result);
  wanted.orig_rax = ~0ULL;
  set_registers(tid, wanted);
}

#else

struct registers {};
inline constexpr bool can_set_registers = false;

inline bool get_registers(pid_t, registers&) noexcept {
  return false;
}
inline void set_call(pid_t, const registers&, const system_call&) noexcept {
}
inline bool set_again(pid_t, const registers&, long) noexcept {
  return false;
}
inline bool is_exec(const registers&, const std::uint64_t (&)[3]) noexcept {
  return false;
}
inline void set_exec(pid_t, const registers&,
                     const std::uint64_t (&)[3]) noexcept {
}
inline long result_of_call(pid_t) noexcept {
  return -ENOSYS;
}
inline void set_outcome(pid_t, const registers&, long) noexcept {
}

#endif

/// Gives a stopped thread another signal mask; `was` gets the old one.
inline bool swap_signal_mask(pid_t tid, std::uint64_t wanted,
                             std::uint64_t& was) noexcept {
  constexpr long get = 0x420a, set = 0x420b; // PTRACE_GETSIGMASK, …SET…
  return ::syscall(SYS_ptrace, get, tid, sizeof was, &was) == 0
         && ::syscall(SYS_ptrace, set, tid, sizeof wanted, &wanted) == 0;
}

} // namespace cordon::sys
