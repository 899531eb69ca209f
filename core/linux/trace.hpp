// ptrace(2), as far as the keeper needs it. All return 0 or -1 with errno.
#pragma once

#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstdint>

namespace cordon::sys {

namespace abi {
// include/uapi/linux/ptrace.h
inline constexpr long request_seize = 0x4206, request_interrupt = 0x4207,
                      request_listen = 0x4208, request_continue = 7,
                      request_syscall = 24, request_detach = 17,
                      request_peek = 2, request_poke = 5;
inline constexpr long trace_exec = 1 << 4; ///< PTRACE_O_TRACEEXEC
inline constexpr int event_exec = 4, event_stop = 128;
} // namespace abi

inline int trace_request(long request, pid_t tid, long data) noexcept {
  return static_cast<int>(::syscall(SYS_ptrace, request, tid, nullptr, data));
}
/// Attaches without stopping. Waits while a thread of the same process is in
/// execve(2): see core/linux/bounded_seize.hpp.
inline int trace_seize(pid_t tid, long options) noexcept {
  return trace_request(abi::request_seize, tid, options);
}
/// Makes the thread stop without a signal.
inline int trace_interrupt(pid_t tid) noexcept {
  return trace_request(abi::request_interrupt, tid, 0);
}
/// Leaves a stopped group stopped, and goes on hearing of it.
inline int trace_listen(pid_t tid) noexcept {
  return trace_request(abi::request_listen, tid, 0);
}
inline int trace_continue(pid_t tid, int signal) noexcept {
  return trace_request(abi::request_continue, tid, signal);
}
/// Goes on until the next system call begins or ends.
inline int trace_syscall(pid_t tid, int signal) noexcept {
  return trace_request(abi::request_syscall, tid, signal);
}
inline int trace_detach(pid_t tid, int signal) noexcept {
  return trace_request(abi::request_detach, tid, signal);
}
/// A word of a stopped thread's memory. (The kernel's own call: its answer is
/// whether that could be read.)
inline int trace_peek(pid_t tid, std::uint64_t at,
                      std::uint64_t& into) noexcept {
  return static_cast<int>(
      ::syscall(SYS_ptrace, abi::request_peek, tid, at, &into));
}
inline int trace_poke(pid_t tid, std::uint64_t at,
                      std::uint64_t value) noexcept {
  return static_cast<int>(
      ::syscall(SYS_ptrace, abi::request_poke, tid, at, value));
}

} // namespace cordon::sys
