#include "cli/finish.hpp"

#include "cli/app.hpp"
#include "cli/report.hpp"
#include "core/base/log.hpp"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace cordon::cli {
namespace {

/// The line for --status-fd. A reader that is gone is not our concern.
void write_status(const run_label& label, const std::string& json) {
  if (!label.status_fd)
    return;
  ::signal(SIGPIPE, SIG_IGN);
  const auto line = json + "\n";
  [[maybe_unused]] const auto written
      = ::write(*label.status_fd, line.data(), line.size());
}

std::string seconds(std::chrono::milliseconds t) {
  char text[32];
  std::snprintf(text, sizeof text, "%gs",
                std::chrono::duration<double>(t).count());
  return text;
}

} // namespace

std::string run_label::prefix() const {
  return name.empty() ? "" : name + ": ";
}

int finish(const process::ending& end, const run_label& label) {
  write_status(label, to_json(end));
  if (label.verbosity > 0)
    log::info(label.prefix() + summary(end));
  if (end.kind == process::ending::how::timed_out)
    log::error(label.prefix() + "timeout after " + seconds(label.timeout));
  return exit_status_of(end);
}

int finish_unstarted(int status, const std::string& line,
                     const run_label& label) {
  if (status == exit_status::own_failure)
    return finish_own_failure(line, label);
  process::ending end;
  end.failed = process::stage::exec;
  end.error = status == exit_status::not_found ? ENOENT : EACCES;
  log::error(label.prefix() + line);
  return finish(end, label);
}

int finish_own_failure(const std::string& line, const run_label& label) {
  write_status(label, own_failure_json());
  log::error(label.prefix() + line);
  return exit_status::own_failure;
}

} // namespace cordon::cli
