#include "core/keeper/loop.hpp"

#include "core/keeper/postponed_holds.hpp"
#include "core/keeper/redirect.hpp"
#include "core/keeper/repair.hpp"
#include "core/keeper/tracing_news.hpp"
#include "core/process/wire.hpp"

#include <poll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>

namespace cordon::keeper {
namespace {

namespace wire = process::wire;
using how = process::ending::how;

/// A stop that is over sooner is nobody's business: it came from inside, and a
/// supervisor that stopped for it would keep the program waiting.
constexpr std::int64_t shortest_stop_ms = 20;

std::int64_t elapsed_us(const timespec& since) {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return (now.tv_sec - since.tv_sec) * 1'000'000
         + (now.tv_nsec - since.tv_nsec) / 1'000;
}

void send(const wire::report& report) {
  // A supervisor that is gone is no reason to die of SIGPIPE.
  ::send(wire::control_fd, &report, sizeof report, MSG_NOSIGNAL);
}

std::uint64_t microseconds(const timeval& t) {
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000
         + static_cast<std::uint64_t>(t.tv_usec);
}

void report_job_control(wire::report::kind what, int signal) {
  wire::report report{};
  report.what = what;
  report.signal = signal;
  send(report);
}

tracing_news news;

void report_untraced(pid_t tid) {
  news.tell(wire::report::untraced, tid);
}

/// A stop that only a tracer sees, or that a traced thread's group made.
/// Returns whether there is nothing more to do about it.
bool take_traced_stop(run& r, pid_t pid, int status) {
  // Our own child's stops come from job control unless it is traced; of
  // anybody else we hear only because we trace it.
  if (pid == r.child && !r.child_traced)
    return false;
  switch (take_redirect_stop(pid, status)) {
  case redirect_stop::not_held:
    break;
  case redirect_stop::let_go:
    r.child_traced = r.child_traced && pid != r.child;
    return true;
  case redirect_stop::goes_on:
    return true;
  }
  switch (take_stop(*r.given->plan, pid, status)) {
  case stop_outcome::goes_on:
    return true;
  case stop_outcome::let_go:
    r.child_traced = r.child_traced && pid != r.child;
    report_untraced(pid);
    return true;
  case stop_outcome::group_stopped:
    return pid != r.child;
  }
  return true;
}

bool obey(run& r);

/// Carries out all that the supervisor has asked so far: what it says of a
/// thread comes before the thread stops. Returns true when the run shall end.
bool obey_all(run& r) {
  pollfd control{wire::control_fd, POLLIN, 0};
  while (::poll(&control, 1, 0) > 0)
    if (obey(r))
      return true;
  return false;
}

/// Takes what waitpid says. Returns true when the run is over.
bool reap(run& r, wire::report& end) {
  int status = 0;
  pid_t pid;
  while (
      (pid = ::waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED | __WALL))
      > 0) {
    if (WIFSTOPPED(status) && obey_all(r))
      return true;
    if (WIFSTOPPED(status) && take_traced_stop(r, pid, status))
      continue;
    if (!WIFSTOPPED(status) && !WIFCONTINUED(status) && r.traces) {
      forget_held(pid);
      report_untraced(pid);
    }
    if (pid != r.child)
      continue;
    if (WIFSTOPPED(status)) {
      r.stop_signal = WSTOPSIG(status);
      ::clock_gettime(CLOCK_MONOTONIC, &r.stopped);
    } else if (WIFCONTINUED(status)) {
      r.stop_signal = 0;
      if (std::exchange(r.stop_told, false))
        report_job_control(wire::report::continued, SIGCONT);
    } else if (WIFSIGNALED(status)) {
      end.how = static_cast<std::uint32_t>(how::signaled);
      end.status = WTERMSIG(status);
      end.core_dumped = WCOREDUMP(status) ? 1 : 0;
      return true;
    } else {
      end.how = static_cast<std::uint32_t>(how::exited);
      end.status = WEXITSTATUS(status);
      return true;
    }
  }
  return false;
}

/// While others are held, or of threads whose process is in an exec: nearly all
/// of those are about to end with it.
postponed_holds postponed;

/// A thread that is to change its directory is held until it has; one that is
/// to start a program, or to be traced by another, until it can.
/// False: that has to wait.
bool start_holding(run& r, const wire::command& command) {
  const pid_t tid = command.tid;
  wire::report report{};
  report.what = wire::report::held;
  report.signal = tid;
  report.error = command.what == wire::command::run
                     ? hold_to_exec(tid, command.exec)
                 : command.what == wire::command::again ? hold_to_let_go(tid)
                                                        : hold(tid);
  const bool again = report.error == EINTR || report.error == EAGAIN;
  if (again && postponed.add(command))
    return false;
  r.traces = r.traces || report.error == 0;
  r.child_traced = r.child_traced || (report.error == 0 && tid == r.child);
  send(report);
  return true;
}

/// Should that take long again, others must have their turn.
void retry_holding(run& r) {
  while (!postponed.empty() && start_holding(r, postponed.take())) {
  }
}

errand errand_of(const wire::command& command) {
  errand made;
  made.number = command.signal;
  made.close_on_exec = command.how == wire::command::take_close_on_exec;
  if (made.number < 0)
    return made;
  made.what = command.how == wire::command::go ? errand::kind::go
              : command.how == wire::command::take_and_go
                  ? errand::kind::take_and_go
                  : errand::kind::take;
  return made;
}

void start_tracing(run& r, pid_t tid) {
  if (!keep_traced(tid) && !claim(tid) && trace(tid) != 0) {
    report_untraced(tid);
    return;
  }
  news.tell(wire::report::traced, tid);
  r.traces = true;
  r.child_traced = r.child_traced || tid == r.child;
}

/// Carries out what the supervisor asks. Returns true when the run shall end.
bool obey(run& r) {
  wire::command command{};
  const auto length
      = ::recv(wire::control_fd, &command, sizeof command, MSG_DONTWAIT);
  if (length < 0)
    return errno != EAGAIN && errno != EINTR;
  if (length != sizeof command || command.what == wire::command::end)
    return true; // 0: the supervisor closed its end
  if (command.what == wire::command::trace)
    start_tracing(r, command.tid);
  if (command.what == wire::command::release && !release(command.tid))
    report_untraced(command.tid);
  if (command.what == wire::command::interrupts)
    leave_interrupted(command.tid);
  if (command.what == wire::command::hold || command.what == wire::command::run
      || command.what == wire::command::again)
    start_holding(r, command);
  if (command.what == wire::command::move)
    send_on(command.tid, errand_of(command));
  if (command.what != wire::command::send_signal)
    return false;
  if (command.signal == SIGCONT)
    r.tty->child_continues(r.child);
  // A job of its own goes on as a whole.
  const bool whole_group = command.signal == SIGCONT && r.tty->interactive();
  ::kill(whole_group ? -r.child : r.child, command.signal);
  return false;
}

void drain(int signals) {
  signalfd_siginfo seen[8];
  while (::read(signals, seen, sizeof seen) > 0) {
  }
}

constexpr std::int64_t never_ms = 1'000'000'000;

/// Until the run's time is up.
std::int64_t remaining_ms(const run& r) {
  const auto limit = r.given->plan->timeout_ms;
  return limit == 0
             ? never_ms
             : static_cast<std::int64_t>(limit) - elapsed_us(r.started) / 1'000;
}

/// Until the supervisor is told of a stop.
std::int64_t stop_due_ms(const run& r) {
  return r.stop_signal == 0 || r.stop_told
             ? never_ms
             : shortest_stop_ms - elapsed_us(r.stopped) / 1'000;
}

void tell_stop(run& r) {
  if (stop_due_ms(r) > 0)
    return;
  r.stop_told = true;
  r.tty->child_stopped();
  report_job_control(wire::report::stopped, r.stop_signal);
}

/// poll(2)'s timeout: at most `never_ms`, which wakes up once in 11 days.
int poll_timeout(const run& r) {
  if (!postponed.empty())
    return 1;
  const auto first = std::min({remaining_ms(r), stop_due_ms(r), never_ms});
  return static_cast<int>(std::max<std::int64_t>(first, 0));
}

/// The failure pipe closes when exec succeeds; with something in it, it did
/// not, and the end says so.
void report_exec(pollfd& pipe) {
  pipe.fd = -1;
  if ((pipe.revents & POLLIN) != 0)
    return;
  wire::report report{};
  report.what = wire::report::running;
  send(report);
}

/// Fills in `end.how` with why the run is over.
void wait_for_end(run& r, wire::report& end) {
  const bool tell = (r.given->plan->flags & wire::tell_running) != 0;
  pollfd watched[] = {{r.signals, POLLIN, 0},
                      {wire::control_fd, POLLIN, 0},
                      {r.given->supervisor, POLLIN, 0},
                      {tell ? r.failure_pipe : -1, POLLIN, 0}};
  end.how = static_cast<std::uint32_t>(how::signaled);
  end.status = SIGKILL; // unless something else turns out
  while (true) {
    watched[1].events = news.waiting() ? POLLIN | POLLOUT : POLLIN;
    const int ready = ::poll(watched, 4, poll_timeout(r));
    if (ready < 0 && errno != EINTR)
      return;
    if (watched[3].revents != 0)
      report_exec(watched[3]);
    if ((watched[0].revents & POLLIN) != 0) {
      drain(r.signals);
      if (reap(r, end))
        return;
    }
    if ((watched[1].revents & POLLOUT) != 0)
      news.send_waiting();
    if ((watched[1].revents & ~POLLOUT) != 0 && obey(r))
      return;
    if (watched[2].revents != 0)
      return;
    retry_holding(r);
    tell_stop(r);
    if (remaining_ms(r) <= 0) {
      end.how = static_cast<std::uint32_t>(how::timed_out);
      return;
    }
  }
}

/// A set-up failure that the child left in the pipe.
void look_for_failure(const run& r, wire::report& end) {
  wire::setup_failure failure{};
  if (::read(r.failure_pipe, &failure, sizeof failure) != sizeof failure)
    return;
  end.how = static_cast<std::uint32_t>(how::setup_failed);
  end.failed = failure.failed;
  end.error = failure.error;
}

void add_usage(const run& r, wire::report& end) {
  rusage used{};
  ::getrusage(RUSAGE_CHILDREN, &used);
  end.user_us = microseconds(used.ru_utime);
  end.system_us = microseconds(used.ru_stime);
  end.max_resident_kib = static_cast<std::uint64_t>(used.ru_maxrss);
  end.wall_us = static_cast<std::uint64_t>(elapsed_us(r.started));
}

} // namespace

void keep(run& r) noexcept {
  wire::report end{};
  end.what = wire::report::ended;
  wait_for_end(r, end);
  process::end_tree(r.domain);
  look_for_failure(r, end);
  add_usage(r, end);
  r.tty->run_ended(end.how != static_cast<std::uint32_t>(how::exited));
  send(end);
}

void report_failure(process::exec_failure why) noexcept {
  wire::report end{};
  end.what = wire::report::ended;
  end.how = static_cast<std::uint32_t>(how::setup_failed);
  end.failed = static_cast<std::uint32_t>(why.failed);
  end.error = why.error;
  send(end);
}

} // namespace cordon::keeper
