#include "cli/app.hpp"
#include "core/landlock/access.hpp"
#include "core/linux/calls.hpp"
#include "core/process/keeper.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include <cstdio>

namespace cordon::cli {
namespace {

/// One line a feature: what it gives where present, what is lost without.
struct feature {
  const char* name;
  bool present;
  const char* gives;
  const char* without;
};

bool has_action(std::uint32_t action) {
  return sys::seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

bool has_close_range() {
  return sys::close_range(~0U, ~0U, sys::abi::close_range_cloexec) == 0;
}

bool has_pidfd() {
  return static_cast<bool>(unique_fd{sys::pidfd_open(::getpid())});
}

bool has_sealing() {
  return static_cast<bool>(
      unique_fd{::memfd_create("check", MFD_CLOEXEC | MFD_ALLOW_SEALING)});
}

/// Where the host forbids unprivileged user namespaces, --user fails.
bool allows_user_namespaces() {
  const unique_fd limit{
      ::open("/proc/sys/user/max_user_namespaces", O_RDONLY | O_CLOEXEC)};
  char text[16] = {};
  if (::read(limit.get(), text, sizeof text - 1) <= 0)
    return false;
  const unique_fd debian{::open("/proc/sys/kernel/unprivileged_userns_clone",
                                O_RDONLY | O_CLOEXEC)};
  char allowed[4] = "1";
  if (debian)
    static_cast<void>(::read(debian.get(), allowed, 1));
  return text[0] != '0' && allowed[0] != '0';
}

void print(const feature& f) {
  std::printf("  %-28s %s  %s\n", f.name, f.present ? "yes" : "no ",
              f.present ? f.gives : f.without);
}

void print_landlock(int abi) {
  const feature rows[] = {
      {"files and directories (1)", abi >= 1, "only granted paths open",
       "no run can start"},
      {"fs-refer (2)", abi >= 2, "moves between granted directories",
       "moves between directories fail with EXDEV"},
      {"fs-truncate (3)", abi >= 3, "truncate needs a write grant",
       "truncate(2) is refused altogether"},
      {"net-tcp (4)", abi >= 4, "TCP connect and bind by port",
       "TCP sockets are refused unless --allow-degraded net-tcp"},
      {"fs-ioctl-dev (5)", abi >= 5, "device commands need a write grant",
       "ioctl is limited to terminals, pipes, sockets and files"},
      {"signal-scope (6)", abi >= 6, "signals stay inside; one kill ends all",
       "runs refuse to start unless --allow-degraded signal-scope"},
      {"abstract-unix-socket-scope (6)", abi >= 6,
       "abstract names of the host are out of reach",
       "AF_UNIX sockets are refused"},
      {"audit control (7)", abi >= 7, "denials can be logged by the kernel",
       "none of it is used yet"},
  };
  for (const auto& row : rows)
    print(row);
}

void print_rest() {
  const feature rows[] = {
      {"seccomp filters", has_action(SECCOMP_RET_ERRNO),
       "calls Landlock does not see are refused", "no run can start"},
      {"user notification (5.0)", has_action(SECCOMP_RET_USER_NOTIF),
       "calls could be answered by a supervisor",
       "only walls, no views of the system"},
      {"pidfd (5.3)", has_pidfd(), "processes are named without races",
       "no run can start"},
      {"close_range cloexec (5.11)", has_close_range(),
       "exactly the granted fds arrive", "no run can start"},
      {"memfd sealing (3.17)", has_sealing(), "plans cannot change on the way",
       "no run can start"},
      {"user namespaces", allows_user_namespaces(), "--user works",
       "--user fails"},
  };
  for (const auto& row : rows)
    print(row);
}

} // namespace

int check(const arguments& words, const policy::kernel_facts& kernel) {
  if (!words.empty() && words != arguments{"--help"})
    return reject("check: expected no arguments");
  if (!words.empty())
    return std::puts("Usage: cordon check"), 0;
  const int abi = kernel.landlock_abi;
  std::printf("Landlock ABI %d (this cordon makes use of ABI 1 to %d)\n", abi,
              landlock::newest_known_abi);
  print_landlock(abi);
  std::puts("Other kernel features");
  print_rest();
  const auto keeper = process::find_keeper();
  std::printf("Keeper: %s\n", keeper ? keeper->c_str() : "not found");
  const char* const verdict
      = abi < 1   ? "no run can start: this kernel has no Landlock"
        : !keeper ? "only --no-supervisor runs can start"
        : abi < 6 ? "runs need --allow-degraded signal-scope"
                  : "runs can start";
  std::printf("Result: %s\n", verdict);
  return abi >= 6 && keeper ? 0 : 1;
}

} // namespace cordon::cli
