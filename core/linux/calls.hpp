// One wrapper per raw system call that the C library lacks or would do more
// than the call for. All are async-signal-safe, set errno and return -1 on
// failure; none allocates. Usable between fork and exec.
#pragma once

#include "core/linux/abi.hpp"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace cordon::sys {

inline int as_int(long value) noexcept {
  return static_cast<int>(value);
}

/// landlock_create_ruleset(2), Linux 5.13.
inline int landlock_create_ruleset(const landlock_ruleset* attributes,
                                   std::size_t size,
                                   std::uint32_t flags) noexcept {
  return as_int(
      ::syscall(abi::nr_landlock_create_ruleset, attributes, size, flags));
}

/// landlock_add_rule(2).
inline int landlock_add_rule(int ruleset, std::uint32_t type, const void* rule,
                             std::uint32_t flags = 0) noexcept {
  return as_int(
      ::syscall(abi::nr_landlock_add_rule, ruleset, type, rule, flags));
}

/// landlock_restrict_self(2): the calling thread only. Needs no_new_privs.
inline int landlock_restrict_self(int ruleset,
                                  std::uint32_t flags = 0) noexcept {
  return as_int(::syscall(abi::nr_landlock_restrict_self, ruleset, flags));
}

/// seccomp(2).
inline int seccomp(unsigned operation, unsigned flags, void* args) noexcept {
  return as_int(::syscall(SYS_seccomp, operation, flags, args));
}

/// pidfd_open(2), Linux 5.3.
inline int pidfd_open(pid_t pid, unsigned flags = 0) noexcept {
  return as_int(::syscall(SYS_pidfd_open, pid, flags));
}

/// pidfd_open(2) of any thread: PIDFD_THREAD since Linux 6.9, before that
/// leaders only.
inline int pidfd_open_thread(pid_t tid) noexcept {
  constexpr unsigned pidfd_thread = O_EXCL;
  const int fd = pidfd_open(tid, pidfd_thread);
  return fd >= 0 || errno != EINVAL ? fd : pidfd_open(tid);
}

/// pidfd_send_signal(2), Linux 5.1.
inline int pidfd_send_signal(int pidfd, int signal, const void* info = nullptr,
                             unsigned flags = 0) noexcept {
  return as_int(::syscall(SYS_pidfd_send_signal, pidfd, signal, info, flags));
}

/// close_range(2); flag CLOSE_RANGE_CLOEXEC since Linux 5.11.
inline int close_range(unsigned first, unsigned last, unsigned flags) noexcept {
  return as_int(::syscall(SYS_close_range, first, last, flags));
}

/// capset(2) with both words of the version 3 header.
inline int capset(const capability_header& header,
                  const capability_words (&words)[2]) noexcept {
  return as_int(::syscall(SYS_capset, &header, words));
}

/// capget(2) with both words of the version 3 header.
inline int capget(capability_header& header,
                  capability_words (&words)[2]) noexcept {
  return as_int(::syscall(SYS_capget, &header, words));
}

/// Whether two threads have one address space, as after vfork(2). False where
/// kcmp(2) is not to be had.
inline bool same_memory(pid_t one, pid_t other) noexcept {
  constexpr int kcmp_vm = 1;
  return other > 0 && ::syscall(SYS_kcmp, one, other, kcmp_vm, 0, 0) == 0;
}

/// pidfd_getfd(2), Linux 5.6.
inline int pidfd_getfd(int pidfd, int fd) noexcept {
  return as_int(::syscall(SYS_pidfd_getfd, pidfd, fd, 0));
}

/// openat2(2), Linux 5.6.
inline int openat2(int base, const char* path, const open_how& how) noexcept {
  return as_int(::syscall(SYS_openat2, base, path, &how, sizeof how));
}

/// What openat2(2) says of `how` before it looks at a path: EFAULT when all is
/// well, for there is none.
inline int judge_open_how(const void* how, std::size_t size) noexcept {
  return ::syscall(SYS_openat2, -1, nullptr, how, size) < 0 ? errno : 0;
}

/// The same of the flags of open(2).
inline int judge_open_flags(int flags) noexcept {
  return ::syscall(SYS_openat, -1, nullptr, flags, 0) < 0 ? errno : 0;
}

/// faccessat2(2), Linux 5.8.
inline int faccessat2(int base, const char* path, int mode,
                      int flags) noexcept {
  return as_int(::syscall(abi::nr_faccessat2, base, path, mode, flags));
}

/// execveat(2) with AT_EXECVE_CHECK (Linux 6.14): 0 or the errno with which the
/// caller could not execute what `fd` is. Nothing else happens. EINVAL: an
/// older kernel.
inline int check_executable(int fd) noexcept {
  constexpr int check_only = 0x10000;
  // The file is judged first. Arguments that cannot be read end the call there:
  // half of what it costs is copying them to a new stack.
  const long unreadable = 1;
  ::syscall(SYS_execveat, fd, "", unreadable, nullptr,
            AT_EMPTY_PATH | check_only);
  return errno == EFAULT ? 0 : errno;
}

/// file_getattr(2), Linux 6.17.
inline int file_getattr(int base, const char* path, void* into,
                        std::size_t size, unsigned flags) noexcept {
  return as_int(::syscall(abi::nr_file_getattr, base, path, into, size, flags));
}

/// file_setattr(2), Linux 6.17.
inline int file_setattr(int base, const char* path, const void* from,
                        std::size_t size, unsigned flags) noexcept {
  return as_int(::syscall(abi::nr_file_setattr, base, path, from, size, flags));
}

/// What it says of the attributes before it looks at a path: EFAULT when all is
/// well, for there is none.
inline int judge_file_attr(const void* from, std::size_t size) noexcept {
  return file_setattr(-1, nullptr, from, size, 0) < 0 ? errno : 0;
}

/// getdents64(2) and its old form.
inline long getdents64(int fd, void* into, std::size_t size) noexcept {
  return ::syscall(SYS_getdents64, fd, into, size);
}

/// fchmodat2(2), Linux 6.6: with AT_EMPTY_PATH it takes an O_PATH fd.
inline int fchmodat2(int base, const char* path, mode_t mode,
                     int flags) noexcept {
  return as_int(::syscall(abi::nr_fchmodat2, base, path, mode, flags));
}

/// sched_getaffinity(2) of a thread (0: the caller): returns how many bytes the
/// kernel's masks have.
inline int cpu_mask(pid_t tid, void* into, std::size_t size) noexcept {
  return as_int(::syscall(SYS_sched_getaffinity, tid, size, into));
}
/// getcpu(2): which CPU this thread is on.
inline int current_cpu(unsigned& cpu) noexcept {
  return as_int(::syscall(SYS_getcpu, &cpu, nullptr, nullptr));
}
/// sched_setaffinity(2).
inline int set_cpu_mask(pid_t tid, const void* mask,
                        std::size_t size) noexcept {
  return as_int(::syscall(SYS_sched_setaffinity, tid, size, mask));
}

// Calls on behalf, with registers as their caller had them.

/// ioctl(2) with a pointer.
inline int ioctl_with(int fd, std::uint32_t command, void* what) noexcept {
  return as_int(::syscall(SYS_ioctl, fd, command, what));
}
/// prlimit64(2).
inline int prlimit64(pid_t pid, std::uint64_t resource, const void* wanted,
                     void* old) noexcept {
  return as_int(::syscall(SYS_prlimit64, pid, resource, wanted, old));
}
/// setpriority(2), by one id.
inline int setpriority(std::uint64_t which, pid_t who,
                       std::uint64_t nice) noexcept {
  return as_int(::syscall(SYS_setpriority, which, who, nice));
}
/// ioprio_set(2), by one id.
inline int ioprio_set(std::uint64_t which, pid_t who,
                      std::uint64_t priority) noexcept {
  return as_int(::syscall(SYS_ioprio_set, which, who, priority));
}
/// sched_setaffinity(2), sched_setscheduler(2), sched_setparam(2),
/// sched_setattr(2): `number` says which.
inline int schedule(int number, pid_t tid, std::uint64_t second,
                    std::uint64_t third) noexcept {
  return as_int(::syscall(number, tid, second, third));
}
/// rt_sigqueueinfo(2) and rt_tgsigqueueinfo(2).
inline int sigqueue(pid_t pid, int signal, const void* info) noexcept {
  return as_int(::syscall(SYS_rt_sigqueueinfo, pid, signal, info));
}
inline int tgsigqueue(pid_t process, pid_t tid, int signal,
                      const void* info) noexcept {
  return as_int(::syscall(SYS_rt_tgsigqueueinfo, process, tid, signal, info));
}
inline int tkill(pid_t tid, int signal) noexcept {
  return as_int(::syscall(SYS_tkill, tid, signal));
}
inline int tgkill(pid_t process, pid_t tid, int signal) noexcept {
  return as_int(::syscall(SYS_tgkill, process, tid, signal));
}

/// futex(2) FUTEX_WAIT between processes, while `word` is `value`.
inline int futex_wait(const std::uint32_t* word, std::uint32_t value,
                      const timespec& limit) noexcept {
  return as_int(
      ::syscall(SYS_futex, word, FUTEX_WAIT, value, &limit, nullptr, 0));
}

/// futex(2) FUTEX_WAKE of one waiter.
inline int futex_wake(const std::uint32_t* word) noexcept {
  return as_int(::syscall(SYS_futex, word, FUTEX_WAKE, 1, nullptr, nullptr, 0));
}

/// fork(2) whose child has the caller's own table of file descriptors until
/// one of them leaves it; else as bare_fork.
inline pid_t bare_fork_sharing_files() noexcept {
  return as_int(::syscall(SYS_clone, SIGCHLD | abi::clone_files, nullptr,
                          nullptr, nullptr, 0));
}

/// fork(2) without the C library's handlers; the child may only make system
/// calls.
inline pid_t bare_fork() noexcept {
  return as_int(::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, 0));
}

} // namespace cordon::sys
