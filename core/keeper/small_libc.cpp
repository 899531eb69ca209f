// The few C library functions the keeper uses, as bare system calls.
//
// Why not the C library: its start-up asks the CPU about itself (cpuid), which
// a virtual machine answers by leaving the guest, some dozens of times. That
// would be a fifth of the time a run of /bin/true takes.
//
// The prototypes are the C library's own headers'. errno is a plain variable:
// there is one thread.
// NOLINTBEGIN: it defines what others only use.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <cstdarg>
#include <cstddef>
#include <cstdint>

extern "C" int keeper_main(); // main.cpp

namespace {

int error_number;

/// The kernel's answer: negative errnos are -1…-4095.
long raw(long number, long a = 0, long b = 0, long c = 0, long d = 0,
         long e = 0, long f = 0) {
#if defined(__x86_64__)
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  long answer;
  asm volatile("syscall"
               : "=a"(answer)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return answer;
#elif defined(__aarch64__)
  register long x8 asm("x8") = number;
  register long x0 asm("x0") = a;
  register long x1 asm("x1") = b;
  register long x2 asm("x2") = c;
  register long x3 asm("x3") = d;
  register long x4 asm("x4") = e;
  register long x5 asm("x5") = f;
  asm volatile("svc 0"
               : "+r"(x0)
               : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
               : "memory");
  return x0;
#endif
}

long set_errno(long answer) {
  if (answer >= 0 || answer < -4095)
    return answer;
  error_number = static_cast<int>(-answer);
  return -1;
}

template <class T>
long word(T value) {
  if constexpr (sizeof(T) == sizeof(long))
    return __builtin_bit_cast(long, value);
  else
    return static_cast<long>(value);
}

/// A system call as its wrapper returns it.
template <class Result = int, class... Words>
Result call(long number, Words... words) {
  return static_cast<Result>(set_errno(raw(number, word(words)...)));
}

/// sigaction(2)'s own layout; handlers are never installed here.
struct kernel_sigaction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)();
  std::uint64_t mask;
};

} // namespace

extern "C" {

// gcc turns loops into these; they must not be turned into themselves.
#define PLAIN_LOOP __attribute__((optimize("no-tree-loop-distribute-patterns")))

PLAIN_LOOP void* memcpy(void* to, const void* from, std::size_t n) {
  auto* t = static_cast<char*>(to);
  const auto* f = static_cast<const char*>(from);
  while (n-- > 0)
    *t++ = *f++;
  return to;
}

PLAIN_LOOP void* memmove(void* to, const void* from, std::size_t n) {
  auto* t = static_cast<char*>(to);
  const auto* f = static_cast<const char*>(from);
  if (t <= f)
    return memcpy(to, from, n);
  while (n-- > 0)
    t[n] = f[n];
  return to;
}

PLAIN_LOOP void* memset(void* to, int value, std::size_t n) {
  auto* t = static_cast<char*>(to);
  while (n-- > 0)
    *t++ = static_cast<char>(value);
  return to;
}

PLAIN_LOOP std::size_t strlen(const char* text) {
  std::size_t n = 0;
  while (text[n] != '\0')
    ++n;
  return n;
}

int* __errno_location() noexcept {
  return &error_number;
}

long syscall(long number, ...) noexcept {
  va_list words;
  va_start(words, number);
  long w[6];
  for (auto& each : w)
    each = va_arg(words, long);
  va_end(words);
  return set_errno(raw(number, w[0], w[1], w[2], w[3], w[4], w[5]));
}

__attribute__((noreturn)) void _exit(int status) {
  for (;;)
    raw(SYS_exit_group, status);
}

int open(const char* path, int flags, ...) {
  return call(SYS_openat, AT_FDCWD, path, flags, 0); // never creates
}
ssize_t read(int fd, void* to, std::size_t n) {
  return call<ssize_t>(SYS_read, fd, to, n);
}
ssize_t write(int fd, const void* from, std::size_t n) {
  return call<ssize_t>(SYS_write, fd, from, n);
}
int close(int fd) {
  return call(SYS_close, fd);
}
int fcntl(int fd, int command, ...) {
  va_list words;
  va_start(words, command);
  const long argument = va_arg(words, long);
  va_end(words);
  return call(SYS_fcntl, fd, command, argument);
}
int dup2(int from, int to) noexcept {
  // dup3 refuses equal numbers, dup2 does not.
  return from == to ? to : call(SYS_dup3, from, to, 0);
}
int pipe2(int* ends, int flags) noexcept {
  return call(SYS_pipe2, ends, flags);
}
int fstat(int fd, struct stat* to) noexcept {
  return call(SYS_fstat, fd, to);
}
void* mmap(void* at, std::size_t n, int protection, int flags, int fd,
           off_t offset) noexcept {
  return reinterpret_cast<void*>(set_errno(
      raw(SYS_mmap, word(at), word(n), protection, flags, fd, offset)));
}
int chdir(const char* path) noexcept {
  return call(SYS_chdir, path);
}
int execve(const char* path, char* const* argv, char* const* env) noexcept {
  return call(SYS_execve, path, argv, env);
}

pid_t getpid() noexcept {
  return call(SYS_getpid);
}
pid_t getppid() noexcept {
  return call(SYS_getppid);
}
pid_t getpgrp() noexcept {
  return call(SYS_getpgid, 0);
}
int setpgid(pid_t pid, pid_t group) noexcept {
  return call(SYS_setpgid, pid, group);
}
uid_t geteuid() noexcept {
  return call<uid_t>(SYS_geteuid);
}
gid_t getegid() noexcept {
  return call<gid_t>(SYS_getegid);
}
int unshare(int flags) noexcept {
  return call(SYS_unshare, flags);
}
int personality(unsigned long persona) noexcept {
  return call(SYS_personality, persona);
}
int prctl(int option, ...) noexcept {
  va_list words;
  va_start(words, option);
  long w[4];
  for (auto& each : w)
    each = va_arg(words, long);
  va_end(words);
  return call(SYS_prctl, option, w[0], w[1], w[2], w[3]);
}
int getrlimit(__rlimit_resource_t resource, rlimit* to) noexcept {
  return call(SYS_prlimit64, 0, static_cast<int>(resource), nullptr, to);
}
int setrlimit(__rlimit_resource_t resource, const rlimit* from) noexcept {
  return call(SYS_prlimit64, 0, static_cast<int>(resource), from, nullptr);
}
int getrusage(__rusage_who_t who, rusage* to) noexcept {
  return call(SYS_getrusage, static_cast<int>(who), to);
}
int clock_gettime(clockid_t clock, timespec* to) noexcept {
  return call(SYS_clock_gettime, clock, to);
}

int kill(pid_t pid, int number) noexcept {
  return call(SYS_kill, pid, number);
}
pid_t waitpid(pid_t pid, int* status, int options) {
  return call(SYS_wait4, pid, status, options, nullptr);
}
int waitid(idtype_t type, id_t id, siginfo_t* to, int options) {
  return call(SYS_waitid, static_cast<int>(type), id, to, options, nullptr);
}
int sigaction(int number, const struct sigaction*,
              struct sigaction* was) noexcept {
  kernel_sigaction old{}; // only ever asked
  const int done = call(SYS_rt_sigaction, number, nullptr, &old, 8);
  was->sa_handler = old.handler;
  return done;
}
sighandler_t signal(int number, sighandler_t handler) noexcept {
  const kernel_sigaction wanted{handler, 0, nullptr, 0};
  call(SYS_rt_sigaction, number, &wanted, nullptr, 8);
  return handler;
}
int sigemptyset(sigset_t* set) noexcept {
  memset(set, 0, sizeof *set);
  return 0;
}
int sigaddset(sigset_t* set, int number) noexcept {
  set->__val[0] |= 1UL << (number - 1);
  return 0;
}
int signalfd(int fd, const sigset_t* set, int flags) noexcept {
  return call(SYS_signalfd4, fd, set, 8, flags);
}
int poll(pollfd* fds, nfds_t count, int milliseconds) {
  const timespec limit{milliseconds / 1000, milliseconds % 1000 * 1'000'000L};
  return call(SYS_ppoll, fds, count, milliseconds < 0 ? nullptr : &limit,
              nullptr, 8);
}

ssize_t recvmsg(int fd, msghdr* to, int flags) {
  return call<ssize_t>(SYS_recvmsg, fd, to, flags);
}
ssize_t sendmsg(int fd, const msghdr* from, int flags) {
  return call<ssize_t>(SYS_sendmsg, fd, from, flags);
}
ssize_t recv(int fd, void* to, std::size_t n, int flags) {
  return call<ssize_t>(SYS_recvfrom, fd, to, n, flags, nullptr, nullptr);
}
ssize_t send(int fd, const void* from, std::size_t n, int flags) {
  return call<ssize_t>(SYS_sendto, fd, from, n, flags, nullptr, 0);
}

// The kernel's termios is shorter than the C library's; the keeper only ever
// gives back what it got.
int tcgetattr(int fd, termios* to) noexcept {
  return call(SYS_ioctl, fd, TCGETS, to);
}
int tcsetattr(int fd, int, const termios* from) noexcept {
  return call(SYS_ioctl, fd, TCSETSW, from);
}
int isatty(int fd) noexcept {
  termios ignored;
  return tcgetattr(fd, &ignored) == 0 ? 1 : 0;
}
pid_t tcgetpgrp(int fd) noexcept {
  pid_t group = -1;
  return call(SYS_ioctl, fd, TIOCGPGRP, &group) == 0 ? group : -1;
}
int tcsetpgrp(int fd, pid_t group) noexcept {
  return call(SYS_ioctl, fd, TIOCSPGRP, &group);
}

/// Where the kernel starts us, with the stack aligned.
[[noreturn]] void keeper_start() {
  _exit(keeper_main());
}

} // extern "C"

#if defined(__x86_64__)
asm(".globl _start\n_start:\n xor %ebp, %ebp\n and $-16, %rsp\n"
    " call keeper_start\n");
#elif defined(__aarch64__)
asm(".globl _start\n_start:\n mov x29, #0\n mov x30, #0\n b keeper_start\n");
#endif
// NOLINTEND
