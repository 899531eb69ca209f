#include "cli/report.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cerrno>

using namespace cordon;
using how = process::ending::how;

namespace {

process::ending ended(how kind, int status) {
  process::ending end;
  end.kind = kind;
  end.status = status;
  return end;
}

} // namespace

TEST_CASE("exit statuses follow the shells", "[report]") {
  CHECK(cli::exit_status_of(ended(how::exited, 42)) == 42);
  CHECK(cli::exit_status_of(ended(how::signaled, 15)) == 143);
  CHECK(cli::exit_status_of(ended(how::timed_out, 9)) == 124);
  auto failed = ended(how::setup_failed, 0);
  failed.failed = process::stage::landlock;
  CHECK(cli::exit_status_of(failed) == 125);
  failed.failed = process::stage::exec;
  failed.error = ENOENT;
  CHECK(cli::exit_status_of(failed) == 127);
  failed.error = EACCES;
  CHECK(cli::exit_status_of(failed) == 126);
}

TEST_CASE("the status line is JSON that tells exits from signals", "[report]") {
  const auto parse = [](const process::ending& end) {
    return nlohmann::json::parse(cli::to_json(end));
  };
  CHECK(parse(ended(how::exited, 3))["exit_code"] == 3);
  CHECK_FALSE(parse(ended(how::exited, 3)).contains("signal"));
  CHECK(parse(ended(how::signaled, 9))["exit_code"] == -1);
  CHECK(parse(ended(how::signaled, 9))["signal"] == 9);
  CHECK(parse(ended(how::timed_out, 9))["timed_out"] == true);
}
