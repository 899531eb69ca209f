#include "cli/report.hpp"

#include "cli/app.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>

namespace cordon::cli {
namespace {

using how = process::ending::how;

int status_of_failure(const process::ending& end) {
  if (end.failed != process::stage::exec)
    return end.failed == process::stage::working_directory
               ? exit_status::not_executable
               : exit_status::own_failure;
  return end.error == ENOENT ? exit_status::not_found
                             : exit_status::not_executable;
}

double seconds(std::chrono::microseconds t) {
  return std::chrono::duration<double>(t).count();
}

} // namespace

int exit_status_of(const process::ending& end) {
  switch (end.kind) {
  case how::exited:
    return end.status;
  case how::signaled:
    return 128 + end.status;
  case how::timed_out:
    return exit_status::timed_out;
  case how::setup_failed:
    return status_of_failure(end);
  }
  return exit_status::own_failure;
}

std::string to_json(const process::ending& end) {
  nlohmann::ordered_json line;
  if (end.kind == how::signaled || end.kind == how::timed_out) {
    line["exit_code"] = -1;
    line["signal"] = end.kind == how::signaled ? end.status : SIGKILL;
  } else {
    line["exit_code"] = exit_status_of(end);
  }
  line["timed_out"] = end.kind == how::timed_out;
  line["started"] = end.kind != how::setup_failed;
  line["user_us"] = end.used.user_cpu.count();
  line["system_us"] = end.used.system_cpu.count();
  line["wall_us"] = end.used.wall.count();
  line["max_rss_kib"] = end.used.max_resident_kib;
  return line.dump();
}

std::string own_failure_json() {
  nlohmann::ordered_json line;
  line["exit_code"] = exit_status::own_failure;
  line["timed_out"] = false;
  return line.dump();
}

std::string summary(const process::ending& end) {
  char text[160];
  std::snprintf(text, sizeof text,
                "status %d, %.3f s, cpu %.3f s user %.3f s system, largest "
                "process %.1f MiB",
                exit_status_of(end), seconds(end.used.wall),
                seconds(end.used.user_cpu), seconds(end.used.system_cpu),
                static_cast<double>(end.used.max_resident_kib) / 1024);
  return text;
}

} // namespace cordon::cli
