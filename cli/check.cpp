#include "cli/app.hpp"
#include "core/base/escape.hpp"
#include "core/landlock/access.hpp"
#include "core/linux/calls.hpp"
#include "core/process/keeper.hpp"
#include "core/process/target_access.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cstdio>
#include <string>
#include <vector>

namespace cordon::cli {
namespace {

/// One line a feature: what it gives where present, what is lost without.
struct feature {
  const char* name;
  bool present;
  const char* gives;
  const char* without;
  bool needed = false; ///< no run can start without
};

bool has_action(std::uint32_t action) {
  return sys::seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

bool has_notification() {
  seccomp_notif_sizes sizes{};
  return has_action(SECCOMP_RET_USER_NOTIF)
         && sys::seccomp(SECCOMP_GET_NOTIF_SIZES, 0, &sizes) == 0;
}

bool has_close_range() {
  return sys::close_range(~0U, ~0U, sys::abi::close_range_cloexec) == 0;
}

bool has_pidfd() {
  return static_cast<bool>(unique_fd{sys::pidfd_open(::getpid())});
}

bool has_subreaper() {
  int now = 0;
  return ::prctl(PR_GET_CHILD_SUBREAPER, &now, 0, 0, 0) == 0;
}

bool has_sealing() {
  return static_cast<bool>(
      unique_fd{::memfd_create("check", MFD_CLOEXEC | MFD_ALLOW_SEALING)});
}

/// Tries it in a child, the only sure way: several switches of the system and
/// of security modules forbid it, some only from the mapping on.
bool has_user_namespaces() {
  const auto uid = ::geteuid();
  const pid_t child = ::fork();
  if (child == 0) {
    char map[32];
    const int length
        = std::snprintf(map, sizeof map, "0 %u 1", static_cast<unsigned>(uid));
    const unique_fd file{::unshare(CLONE_NEWUSER) == 0
                             ? ::open("/proc/self/uid_map", O_WRONLY)
                             : -1};
    ::_exit(::write(file.get(), map, static_cast<std::size_t>(length)) == length
                ? 0
                : 1);
  }
  int status = 1;
  return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

std::vector<feature> landlock_features(int abi) {
  return {
      {"files and directories (1)", abi >= 1, "only granted paths open",
       "no run can start", true},
      {"fs-refer (2)", abi >= 2, "moves between granted directories",
       "moves between directories fail with EXDEV"},
      {"fs-truncate (3)", abi >= 3, "truncate needs a write grant",
       "truncate(2) is refused altogether"},
      {"net-tcp (4)", abi >= 4, "TCP connect and bind by port",
       "TCP sockets are refused unless --allow-degraded net-tcp"},
      {"fs-ioctl-dev (5)", abi >= 5, "device commands need a write grant",
       "ioctl is limited to terminals, pipes, sockets and files"},
      {"signal-scope (6)", abi >= 6, "signals stay inside; one kill ends all",
       "the supervisor sends signals; --no-supervisor needs --allow-degraded "
       "signal-scope"},
      {"abstract-unix-socket-scope (6)", abi >= 6,
       "abstract names of the host are out of reach",
       "none can be connected to; --no-supervisor has no AF_UNIX sockets"},
      {"audit control (7)", abi >= 7, "denials can be logged by the kernel",
       "none of it is used yet"},
  };
}

/// What answering trapped calls takes.
std::vector<feature> supervision_features(bool listener) {
  const auto access = process::probe_target_access();
  return {
      {"user notification (5.0)", listener && has_notification(),
       "trapped calls are answered: metadata changes, -P",
       "metadata changes are refused; -P refuses to start"},
      {"memory of targets", access.reads_memory,
       "metadata changes by name are carried out",
       "metadata changes by name fail with EPERM"},
      {"fds of targets (5.6)", access.takes_fds,
       "connect and listen, in views bind and socket names are carried out",
       "connect and listen, in views bind and getsockname fail with EPERM"},
      {"tracing (ptrace)", access.traces, "no signal breaks a trapped call",
       "a signal can make a trapped call fail with EINTR"},
  };
}

std::vector<feature> other_features() {
  return {
      {"seccomp filters (3.5)", has_action(SECCOMP_RET_ERRNO),
       "calls Landlock does not see are refused", "no run can start", true},
      {"pidfd (5.3)", has_pidfd(), "processes are named without races",
       "no run can start", true},
      {"close_range cloexec (5.11)", has_close_range(),
       "exactly the granted fds arrive", "no run can start", true},
      {"subreaper (3.4)", has_subreaper(), "orphans of a run are found",
       "no run can start", true},
      {"memfd sealing (3.17)", has_sealing(), "plans cannot change on the way",
       "no run can start", true},
      {"user namespaces", has_user_namespaces(), "--user works",
       "--user fails"},
  };
}

/// Prints a list; returns the first that is needed and missing.
const char* print(const std::vector<feature>& features) {
  const char* missing = nullptr;
  for (const auto& f : features) {
    std::printf("  %-30s  %s  %s\n", f.name, f.present ? "yes" : "no ",
                f.present ? f.gives : f.without);
    if (f.needed && !f.present && missing == nullptr)
      missing = f.name;
  }
  return missing;
}

/// Why a run without further options cannot start; empty when it can.
std::string obstacle(const char* missing, bool keeper,
                     const policy::kernel_facts& kernel) {
  if (kernel.landlock_abi < 1)
    return "no run can start: this kernel has no Landlock";
  if (missing != nullptr)
    return std::string("no run can start: this kernel lacks ") + missing;
  if (!keeper)
    return "only --no-supervisor runs can start: the keeper was not found";
  if (kernel.landlock_abi < 6 && !kernel.listener)
    return "runs need --allow-degraded signal-scope";
  return {};
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
  const char* const walls = print(landlock_features(abi));
  std::puts("Answering trapped calls");
  static_cast<void>(print(supervision_features(kernel.listener)));
  std::puts("Other kernel features");
  const char* const others = print(other_features());
  const auto keeper = process::find_keeper();
  std::printf("Keeper: %s\n", keeper ? escape(*keeper).c_str() : "not found");
  const auto reason
      = obstacle(walls != nullptr ? walls : others, keeper.has_value(), kernel);
  std::printf("Result: %s\n",
              reason.empty() ? "runs can start" : reason.c_str());
  return reason.empty() ? 0 : 1;
}

} // namespace cordon::cli
