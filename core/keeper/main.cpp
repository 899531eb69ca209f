// The keeper: starts one confined program, waits for it, ends all of it.
//
// Small, static, single-threaded; started by process::keeper::start with every
// signal blocked, the control socket at fd 3 and nothing else above 2.
#include "core/keeper/listener_handover.hpp"
#include "core/keeper/loop.hpp"
#include "core/keeper/plan_reader.hpp"
#include "core/keeper/repair.hpp"
#include "core/keeper/terminal.hpp"
#include "core/linux/calls.hpp"
#include "core/process/privileges.hpp"
#include "core/process/tree_end.hpp"
#include "core/process/wire.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

namespace {

using namespace cordon;
using process::exec_failure;
using process::stage;

/// With SIGCHLD ignored, children would be reaped by the kernel, their status
/// lost. Returns whether it was; the child gets it back.
bool stop_ignoring_children() {
  struct sigaction was {};
  ::sigaction(SIGCHLD, nullptr, &was);
  if (was.sa_handler != SIG_IGN)
    return false;
  ::signal(SIGCHLD, SIG_DFL);
  return true;
}

/// posix_spawn(3) leaves the C library's two internal signals ignored in what
/// it starts, and exec would pass that on.
void restore_internal_signals() {
  for (const int internal : {32, 33}) // SIGCANCEL, SIGSETXID
    ::signal(internal, SIG_DFL);
}

int watch_children() {
  sigset_t children;
  ::sigemptyset(&children);
  ::sigaddset(&children, SIGCHLD);
  return ::signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
}

/// The keeper is subreaper and lives in a domain of its own before there is a
/// child, so that nothing can ever be outside its reach.
exec_failure prepare_keeper(const keeper::received& given,
                            process::signal_domain& domain) {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0
      || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return {stage::keeper_domain, errno};
  if ((given.plan->flags & process::wire::signal_scope) != 0)
    if (const int error = domain.enter(); error != 0)
      return {stage::keeper_domain, error};
  return {};
}

[[noreturn]] void become_child(process::prepared& child) {
  const auto failure = process::confine_and_exec(child);
  const process::wire::setup_failure report{
      static_cast<std::uint32_t>(failure.failed), failure.error};
  // The keeper reads this once the exit has been seen.
  [[maybe_unused]] const auto written
      = ::write(child.failure_pipe, &report, sizeof report);
  ::_exit(127);
}

exec_failure start_child(keeper::received& given, keeper::run& r) {
  int pipe_ends[2];
  if (::pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) != 0)
    return {stage::fork, errno};
  r.failure_pipe = pipe_ends[0];
  given.child.failure_pipe = pipe_ends[1];
  // A user namespace is the one thing the child needs them for.
  if (!given.child.has_user) {
    if (const int error = process::drop_capabilities(); error != 0)
      return {stage::capabilities, error};
    given.child.capabilities_gone = true;
  }
  ::clock_gettime(CLOCK_MONOTONIC, &r.started);
  r.child = given.child.listener != nullptr ? sys::bare_fork_sharing_files()
                                            : sys::bare_fork();
  if (r.child < 0)
    return {stage::fork, errno};
  if (r.child == 0)
    become_child(given.child);
  if (given.child.listener != nullptr) {
    r.traces = r.child_traced = keeper::trace_early(r.child);
    keeper::say_watched(*given.child.listener);
    keeper::hand_listener_over(*given.child.listener, r);
  }
  ::close(pipe_ends[1]);
  ::close(given.ruleset);
  for (const int fd : given.child.fd_sources)
    ::close(fd);
  if (given.child.directory >= 0)
    ::close(given.child.directory);
  if (given.child.capabilities_gone)
    return {};
  if (const int error = process::drop_capabilities(); error != 0) {
    ::kill(r.child, SIGKILL);
    return {stage::capabilities, error};
  }
  return {};
}

exec_failure keep_one_run(keeper::received& given) {
  process::signal_domain domain;
  if (const auto failure = prepare_keeper(given, domain);
      failure.failed != stage::none)
    return failure;
  keeper::terminal tty{(given.plan->flags & process::wire::leave_terminal)
                       == 0};
  restore_internal_signals();
  given.child.ignore_sigchld = stop_ignoring_children();
  given.child.own_foreground_group = tty.interactive();
  const bool scoped = (given.plan->flags & process::wire::signal_scope) != 0;
  keeper::run r{&given, &tty, scoped ? &domain : nullptr};
  r.signals = watch_children();
  if (r.signals < 0)
    return {stage::fork, errno};
  if (const auto failure = start_child(given, r); failure.failed != stage::none)
    return failure;
  keeper::keep(r);
  return {};
}

} // namespace

/// The only caller is _start in small_libc.cpp.
extern "C" int keeper_main() {
  static keeper::received given;
  if (const int error = keeper::receive_plan(given); error != 0) {
    keeper::report_failure({stage::receive_plan, error});
    return 1;
  }
  if (const auto failure = keep_one_run(given); failure.failed != stage::none) {
    keeper::report_failure(failure);
    return 1;
  }
  return 0;
}
