#include "core/process/child_setup.hpp"

#include "core/exec/publish_stub.hpp"
#include "core/linux/calls.hpp"
#include "core/process/privileges.hpp"
#include "core/seccomp/constant_filter.hpp"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

namespace cordon::process {
namespace {

/// 0, or the errno of a call that returned -1.
int checked(long returned) {
  return returned < 0 ? errno : 0;
}

int take_foreground() {
  if (::setpgid(0, 0) != 0)
    return errno;
  // Every signal is blocked here, SIGTTOU too, so this cannot stop us.
  return checked(::tcsetpgrp(0, ::getpid()));
}

int limit_core() {
  const rlimit none{0, 0};
  return checked(::setrlimit(RLIMIT_CORE, &none));
}

int keep_addresses() {
  const int now = ::personality(0xFFFFFFFF);
  if (now < 0)
    return errno;
  return checked(
      ::personality(static_cast<unsigned long>(now) | ADDR_NO_RANDOMIZE));
}

int limit_open_files(std::uint64_t wanted) {
  rlimit now{};
  if (::getrlimit(RLIMIT_NOFILE, &now) != 0)
    return errno;
  const auto least
      = std::min({static_cast<rlim_t>(wanted), now.rlim_cur, now.rlim_max});
  const rlimit limits{least, least};
  return checked(::setrlimit(RLIMIT_NOFILE, &limits));
}

int install(std::span<const sock_filter> filter) {
  if (filter.empty())
    return 0;
  sock_fprog program{static_cast<unsigned short>(filter.size()),
                     const_cast<sock_filter*>(filter.data())};
  return checked(sys::seccomp(SECCOMP_SET_MODE_FILTER, 0, &program));
}

/// The policy filter with its listener. A signal must not abort a call that
/// the supervisor has begun to carry out, where the kernel can see to that.
int install_listener(prepared& p) {
  if (p.listener == nullptr)
    return install(p.policy_filter);
  sock_fprog program{static_cast<unsigned short>(p.policy_filter.size()),
                     const_cast<sock_filter*>(p.policy_filter.data())};
  using sys::abi::seccomp_new_listener;
  using sys::abi::seccomp_wait_killable;
  int fd = sys::seccomp(SECCOMP_SET_MODE_FILTER,
                        seccomp_new_listener | seccomp_wait_killable, &program);
  if (fd < 0 && errno == EINVAL) // before Linux 5.19
    fd = sys::seccomp(SECCOMP_SET_MODE_FILTER, seccomp_new_listener, &program);
  if (fd < 0)
    return errno;
  std::atomic_ref{p.listener->number}.store(static_cast<std::uint32_t>(fd) + 1);
  sys::futex_wake(&p.listener->number);
  return 0;
}

/// A program that ran before it is watched could have its first calls broken by
/// signals. A keeper that does not say so within two seconds never will.
void wait_until_watched(listener_words& words) {
  constexpr timespec a_little{0, 20'000'000};
  const std::atomic_ref watched{words.watched};
  for (int looks = 0; looks < 100 && watched.load() == 0; ++looks)
    sys::futex_wait(&words.watched, 0, a_little);
}

/// Leaves the table shared with the keeper; everything from 3 up is marked
/// close-on-exec in ours.
int own_table(prepared& p) {
  const unsigned flags
      = sys::abi::close_range_cloexec
        | (p.listener != nullptr ? sys::abi::close_range_unshare : 0);
  if (sys::close_range(3, ~0U, flags) != 0)
    return errno;
  if (p.listener != nullptr) {
    std::atomic_ref{p.listener->parted}.store(1);
    sys::futex_wake(&p.listener->parted);
    wait_until_watched(*p.listener);
  }
  return 0;
}

/// Moves an fd above every target, so that placing one cannot overwrite
/// another that is still to be placed.
int move_above(int& fd, int highest) {
  if (fd > highest)
    return 0;
  const int moved = ::fcntl(fd, F_DUPFD_CLOEXEC, highest + 1);
  if (moved < 0)
    return errno;
  fd = moved;
  return 0;
}

/// Exactly the granted fds survive exec: everything from 3 up is marked
/// close-on-exec, then the granted ones are copied to their places.
int place_fds(prepared& p) {
  if (const int error = own_table(p); error != 0)
    return error;
  int highest = 2;
  for (const int target : p.fd_targets)
    highest = std::max(highest, target);
  for (int& source : p.fd_sources)
    if (const int error = move_above(source, highest); error != 0)
      return error;
  if (p.failure_pipe >= 0)
    if (const int error = move_above(p.failure_pipe, highest); error != 0)
      return error;
  for (std::size_t i = 0; i < p.fd_targets.size(); ++i)
    if (::dup2(p.fd_sources[i], p.fd_targets[i]) < 0)
      return errno;
  for (int fd = 0; fd < 3; ++fd)
    if ((p.closed_stdio >> fd & 1U) != 0)
      ::close(fd);
  return 0;
}

/// What the program finds changed by being supervised is put back last.
void restore_signals(const prepared& p) {
  if (p.ignore_sigchld)
    ::signal(SIGCHLD, SIG_IGN);
  ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &p.signal_mask, nullptr,
            sizeof p.signal_mask);
}

/// As execvp(3): EACCES is remembered while other candidates are tried, and a
/// file the kernel does not recognise is given to the shell.
int exec_first(const prepared& p) {
  if (p.stub != nullptr && !exec::publish_stub(p.stub))
    return errno;
  int remembered = ENOENT;
  for (const char* const candidate : p.candidates) {
    ::execve(candidate, p.argv, p.env);
    if (errno == ENOEXEC) {
      char** const shell_argv = p.argv - 1;
      char* const name = shell_argv[1];
      shell_argv[0] = const_cast<char*>("/bin/sh");
      shell_argv[1] = const_cast<char*>(candidate);
      ::execve("/bin/sh", shell_argv, p.env);
      shell_argv[1] = name;
      return ENOEXEC;
    }
    if (errno == EACCES)
      remembered = EACCES;
    else if (errno != ENOENT && errno != ENOTDIR && errno != ESTALE
             && errno != ENODEV && errno != ETIMEDOUT)
      return errno;
  }
  return remembered;
}

} // namespace

// The order matters: identity before capabilities (mapping root needs one),
// both before no_new_privs is relied on; Landlock before the filters, whose
// answers could hide its failure; the fd limit last, as set-up needs fds.
exec_failure confine_and_exec(prepared& p) noexcept {
  int error = 0;
  const auto failed = [&](int answer) { return (error = answer) != 0; };

  if (p.has_user && failed(enter_user_namespace(p.user)))
    return {stage::user_namespace, error};
  if (!p.capabilities_gone && failed(drop_capabilities()))
    return {stage::capabilities, error};
  if (p.own_foreground_group && failed(take_foreground()))
    return {stage::process_group, error};
  if (failed(checked(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))))
    return {stage::no_new_privileges, error};
  if (p.no_coredump && failed(limit_core()))
    return {stage::core_limit, error};
  if (p.no_huge_pages
      && failed(checked(::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0))))
    return {stage::huge_pages, error};
  if (p.no_randomize_memory && failed(keep_addresses()))
    return {stage::address_layout, error};
  if (!p.cores.empty()
      && failed(checked(::syscall(SYS_sched_setaffinity, 0,
                                  p.cores.size_bytes(), p.cores.data()))))
    return {stage::cpu_affinity, error};
  if (p.directory >= 0 && failed(checked(::syscall(SYS_fchdir, p.directory))))
    return {stage::working_directory, error};
  if (p.cwd != nullptr && failed(checked(::chdir(p.cwd))))
    return {stage::working_directory, error};
  if (failed(checked(sys::landlock_restrict_self(p.ruleset))))
    return {stage::landlock, error};
  if (failed(install_listener(p)))
    return {stage::policy_filter, error};
  if (failed(install(seccomp::constant_filter())))
    return {stage::constant_filter, error};
  if (failed(place_fds(p)))
    return {stage::file_descriptors, error};
  if (p.has_open_files && failed(limit_open_files(p.open_files)))
    return {stage::open_files_limit, error};
  restore_signals(p);
  return {stage::exec, exec_first(p)};
}

} // namespace cordon::process
