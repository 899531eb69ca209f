// A program that installs seccomp filters of its own: it can only tighten.
#include "tests/targets/probe.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include <cstddef>
#include <thread>
#include <vector>

using namespace probe;

namespace {

// Linux 5.7 and 5.19; the distribution's headers may lack the second.
constexpr unsigned long tsync_esrch = 1UL << 4;

/// A filter that answers `action` for one call and lets the others pass.
long install(long number, std::uint32_t action, unsigned long flags) {
  std::vector<sock_filter> code{
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, static_cast<std::uint32_t>(number)},
      {BPF_RET | BPF_K, 0, 0, action},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
  sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

long install_by_prctl(long number, std::uint32_t action) {
  std::vector<sock_filter> code{
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, static_cast<std::uint32_t>(number)},
      {BPF_RET | BPF_K, 0, 0, action},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
  sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

long listener(unsigned long flags) {
  return install(SYS_getppid, SECCOMP_RET_USER_NOTIF,
                 SECCOMP_FILTER_FLAG_NEW_LISTENER | flags);
}

void listeners() {
  in_child("new_listener", [] { return listener(0); });
  in_child("new_listener_all_threads",
           [] { return listener(SECCOMP_FILTER_FLAG_TSYNC | tsync_esrch); });
  in_child("new_listener_wide_flags", [] { return listener(1UL << 32); });
  in_child("new_listener_from_a_thread", [] {
    long result = -1;
    int error = 0;
    std::thread([&] {
      result = listener(0);
      error = errno;
    }).join();
    errno = error;
    return result;
  });
  // prctl(2) has no flags, so it makes a filter but never a listener: with
  // nobody to ask, the call it would notify is refused.
  in_child("notify_without_listener", [] {
    if (install_by_prctl(SYS_getppid, SECCOMP_RET_USER_NOTIF) != 0)
      return -1L;
    return call(SYS_getppid);
  });
}

/// What io_uring_setup, which the wall refuses and which does nothing with
/// these arguments, answers once the program's own filter says `action`.
void loosening(const char* name, std::uint32_t action) {
  in_child(name, [action] {
    if (install(SYS_io_uring_setup, action, 0) != 0)
      return -1L;
    return call(SYS_io_uring_setup, 1, nullptr);
  });
}

void tightening() {
  in_child("own_errno_0", [] {
    if (install(SYS_getppid, SECCOMP_RET_ERRNO | 0, 0) != 0)
      return -1L;
    return call(SYS_getppid) == 0 ? 0L : -1L;
  });
  in_child("own_errno_on_open", [] {
    if (install(SYS_openat, SECCOMP_RET_ERRNO | ENOTNAM, 0) != 0)
      return -1L;
    return call(SYS_openat, AT_FDCWD, "/", O_RDONLY, 0);
  });
}

} // namespace

int main() {
  listeners();
  loosening("own_allow", SECCOMP_RET_ALLOW);
  loosening("own_log", SECCOMP_RET_LOG);
  loosening("own_errno_0_on_refused", SECCOMP_RET_ERRNO | 0);
  // Without a tracer SECCOMP_RET_TRACE answers ENOSYS by itself.
  loosening("own_trace", SECCOMP_RET_TRACE);
  loosening("own_notify", SECCOMP_RET_USER_NOTIF);
  tightening();
}
