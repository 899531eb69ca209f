#include "cli/app.hpp"
#include "cli/diagnose.hpp"
#include "cli/prepare.hpp"
#include "cli/report.hpp"
#include "cli/supervise.hpp"
#include "core/base/escape.hpp"
#include "core/base/log.hpp"
#include "core/linux/calls.hpp"
#include "core/process/privileges.hpp"

#include <fcntl.h>
#include <sys/prctl.h>

#include <cstdio>

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

/// Messages of a named sandbox start with its name.
std::string label(const run_options& options) {
  return options.name.empty() ? "" : options.name + ": ";
}

/// The line for --status-fd. A reader that is gone is not our concern.
void write_status(const run_options& options, const std::string& json) {
  if (!options.status_fd)
    return;
  ::signal(SIGPIPE, SIG_IGN);
  const auto line = json + "\n";
  [[maybe_unused]] const auto written
      = ::write(*options.status_fd, line.data(), line.size());
}

int own_failure(const run_options& options, const std::string& line) {
  write_status(options, own_failure_json());
  log::error(label(options) + line);
  return exit_status::own_failure;
}

std::string seconds(std::chrono::milliseconds t) {
  char text[32];
  std::snprintf(text, sizeof text, "%gs",
                std::chrono::duration<double>(t).count());
  return text;
}

/// Says what the program itself could not: why it did not start, or was ended.
void tell(const process::ending& end, const prepared_run& run,
          const run_options& options) {
  const auto name = label(options);
  if (options.verbosity > 0)
    log::info(name + summary(end));
  if (end.kind == how::timed_out)
    log::error(name + "timeout after " + seconds(run.launch.timeout));
  if (end.kind == how::setup_failed)
    log::error(name + failure_line(end, run));
  if (const auto missing = first_missing_grant(end, run, *options.profile))
    log::error(name + *missing);
}

int run_supervised(prepared_run& run, const run_options& options) {
  const auto program = process::find_keeper();
  if (!program)
    return own_failure(options, program.error().message());
  const signal_watch signals;
  run.launch.mask = signals.original_mask();
  // Below ABI 6 a dead keeper's processes are found by coming to us.
  if (!run.launch.signal_scope)
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  auto keeper = process::keeper::start(run.launch, *program);
  if (!keeper)
    return own_failure(options, keeper.error().message());
  // From here on nothing needs them, and the program's tree is our company.
  if (const int error = process::drop_capabilities(); error != 0)
    return own_failure(options, "cannot drop capabilities");
  const auto end = supervise(*keeper, signals);
  if (!end)
    return own_failure(options, end.error().message());
  write_status(options, to_json(*end));
  tell(*end, run, options);
  return exit_status_of(*end);
}

int run_unsupervised(prepared_run& run, const run_options& options) {
  ::sigprocmask(SIG_SETMASK, nullptr, &run.launch.mask);
  const auto failure = process::confine_and_exec(run.launch);
  process::ending end;
  end.failed = failure.failed;
  end.error = failure.error;
  tell(end, run, options);
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
    return own_failure(options, run.error().line);
  }
  run->launch.closed_stdio = closed;
  return options.supervised ? run_supervised(*run, options)
                            : run_unsupervised(*run, options);
}

} // namespace cordon::cli
