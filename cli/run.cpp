#include "cli/app.hpp"
#include "cli/diagnose.hpp"
#include "cli/finish.hpp"
#include "cli/handover.hpp"
#include "cli/prepare.hpp"
#include "cli/report.hpp"
#include "cli/run_status.hpp"
#include "cli/supervise.hpp"
#include "core/base/escape.hpp"
#include "core/base/log.hpp"
#include "core/linux/calls.hpp"
#include "core/notify/calls.hpp"
#include "core/process/family.hpp"
#include "core/process/privileges.hpp"
#include "core/process/signals.hpp"
#include "policy/lane_domain.hpp"
#include "policy/plan_text.hpp"
#include "policy/profile_text.hpp"

#include <fcntl.h>
#include <sys/prctl.h>

#include <thread>

namespace cordon::cli {
namespace {

using how = process::ending::how;

/// Standard streams that were closed when we started. Their numbers are
/// occupied, so that nothing of ours lands there; the program finds them
/// closed again.
unsigned occupy_closed_streams() {
  unsigned closed = 0;
  for (unsigned fd = 0; fd < 3; ++fd)
    if (::fcntl(static_cast<int>(fd), F_GETFD) < 0) {
      closed |= 1U << fd;
      ::open("/dev/null", O_RDWR); // takes the lowest free number: fd
    }
  return closed;
}

bool is_open(int fd, unsigned closed_streams) {
  const bool occupied = fd < 3 && (closed_streams & (1U << fd)) != 0;
  return !occupied && ::fcntl(fd, F_GETFD) >= 0;
}

void set_verbosity(int verbosity) {
  if (verbosity > 0)
    log::set_level(verbosity == 1 ? log::level::info : log::level::debug);
}

run_label label_of(const run_options& options) {
  run_label label{options.name, options.verbosity, options.status_fd, {}};
  if (options.profile->timeout)
    label.timeout = options.profile->timeout->value;
  return label;
}

/// Says what the program itself could not: why it did not start.
void tell_failure(const process::ending& end, const prepared_run& run,
                  const run_options& options) {
  const auto prefix = label_of(options).prefix();
  if (end.kind == how::setup_failed)
    log::error(prefix + failure_line(end, run));
  if (const auto missing = first_missing_grant(end, run, *options.profile))
    log::error(prefix + *missing);
}

/// What the lane program needs to go on with the run.
handover handover_of(const process::keeper& keeper, const prepared_run& run,
                     const run_options& options) {
  handover made;
  made.label = label_of(options);
  made.keeper = keeper.numbers();
  made.write_paths = policy::write_paths(run.plan);
  made.audit = run.audit.get();
  for (const auto& line : policy::describe_plan(run.plan))
    made.policy_text += line + "\n";
  made.policy_toml = policy::to_toml(*options.profile);
  made.sockets = policy::socket_rules(*options.profile, run.plan);
  made.mirror = run.mirror;
  made.stub = run.launch.stub;
  if (options.profile->max_processes)
    made.max_processes = options.profile->max_processes->value;
  return made;
}

/// Takes the first call at once: while the lane program loads, signals must not
/// break it, nor the next one of its thread.
void receive_first(notify::kernel_calls& kernel, process::keeper& keeper,
                   handover& to) {
  seccomp_notif raw{};
  if (kernel.receive(raw) != 0)
    return;
  to.first = raw;
  const auto tid = static_cast<pid_t>(raw.pid);
  to.asked_to_trace_first = process::catches_signals(tid) && keeper.trace(tid);
}

/// Starts the run and waits for it, on a thread of its own: it is restricted
/// for good, and what is to be said at the end may need files that the run
/// does not.
result<process::ending> keep_run(prepared_run& run, const run_options& options,
                                 const std::string& program,
                                 const signal_watch& signals,
                                 run_status& shown) {
  const bool caps_first = run.launch.traps && !run.launch.user;
  if (caps_first)
    if (const int error = process::drop_capabilities(); error != 0)
      return fail(error, "drop capabilities");
  auto keeper = process::keeper::start(run.launch, program);
  if (!keeper)
    return tl::make_unexpected(keeper.error());
  shown.keeper_started(keeper->pid());
  // From here on nothing needs them, and the program's tree is our company.
  if (!caps_first)
    if (const int error = process::drop_capabilities(); error != 0)
      return fail(error, "drop capabilities");
  const auto become = [&](caller whom, unique_fd& listener) -> error {
    const auto lane = process::find_own_program("cordon-lane");
    if (!lane)
      return lane.error();
    auto going_on = handover_of(*keeper, run, options);
    going_on.listener = listener.get();
    going_on.signals = signals.fd();
    std::optional<notify::kernel_calls> kernel;
    if (whom == caller::trap)
      receive_first(kernel.emplace(std::move(listener)), *keeper, going_on);
    going_on.presence = shown.numbers();
    return become_lane(going_on, *lane);
  };
  return supervise(*keeper, signals, shown.visitors(), become);
}

/// Whether nobody needs to be told why the program did not do its work.
bool explains_itself(const process::ending& end) {
  return end.kind == how::exited && end.status < exit_status::not_executable;
}

/// Why processes could not be counted; empty when they can.
std::string counting_obstacle(const policy::profile& p) {
  if (!p.max_processes || process::count_family(::getpid()))
    return {};
  return p.max_processes->from
         + ": processes are counted in /proc, which cannot be read here (or "
           "the kernel lacks CONFIG_PROC_CHILDREN); inside another run, give "
           "that one --fs-read /proc";
}

int run_supervised(prepared_run& run, const run_options& options) {
  if (const auto why = counting_obstacle(*options.profile); !why.empty())
    return finish_own_failure(why, label_of(options));
  const auto program = process::find_keeper();
  if (!program)
    return finish_own_failure(program.error().message(), label_of(options));
  const signal_watch signals;
  run.launch.mask = signals.original_mask();
  // Below ABI 6 a dead keeper's processes are found by coming to us.
  if (!run.launch.signal_scope)
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  run_status shown{run, options};
  if (!options.name.empty())
    if (const auto taken = shown.publish())
      return reject(*taken);
  result<process::ending> end;
  std::thread keeping{[&] {
    end = keep_run(run, options, *program, signals, shown);
    shown.remove();
    // Mostly there is nothing to look up, and waking the other thread would
    // take as long as all that is left to do.
    if (end && explains_itself(*end))
      ::_exit(finish(*end, label_of(options)));
    shown.hurry();
  }};
  shown.publish_soon();
  keeping.join();
  if (!end)
    return finish_own_failure(end.error().message(), label_of(options));
  const int status = finish(*end, label_of(options));
  tell_failure(*end, run, options);
  return status;
}

int run_unsupervised(prepared_run& run, const run_options& options) {
  ::sigprocmask(SIG_SETMASK, nullptr, &run.launch.mask);
  const auto failure = process::confine_and_exec(run.launch);
  process::ending end;
  end.failed = failure.failed;
  end.error = failure.error;
  tell_failure(end, run, options);
  return exit_status_of(end);
}

} // namespace

int run(const arguments& words, const policy::kernel_facts& kernel) {
  const unsigned closed = occupy_closed_streams();
  auto parsed = parse_run_options(words, option_scope::run);
  if (const auto* done = std::get_if<finished>(&parsed))
    return done->status;
  const auto& options = std::get<run_options>(parsed);
  if (options.status_fd && !is_open(*options.status_fd, closed))
    return reject("--status-fd: " + std::to_string(*options.status_fd)
                  + " is not open; expected an open file descriptor");
  set_verbosity(options.verbosity);
  auto run = prepare(options, kernel);
  if (!run) {
    if (run.error().status == exit_status::bad_input)
      return reject(run.error().line);
    return finish_unstarted(run.error().status, run.error().line,
                            label_of(options));
  }
  run->launch.closed_stdio = closed;
  return options.supervised ? run_supervised(*run, options)
                            : run_unsupervised(*run, options);
}

} // namespace cordon::cli
