#include "cli/status_text.hpp"
#include "cli/status_words.hpp"

#include <catch2/catch.hpp>

using namespace cordon;
using namespace cordon::cli;

namespace {

std::string complaint(const char* command, const arguments& words) {
  const auto made = parse_status_words(command, words);
  return made ? "" : made.error().line();
}

status::snapshot hostile() {
  status::snapshot seen;
  seen.who = {"mine", "/bin/\x1b[31mred \xff\xc2\x9b", 1, 9};
  seen.supervisor = 12;
  seen.processes = 3;
  seen.denied = 1;
  seen.operations.push_back({"\x1b]0;x\x07", 2, 1, 1, 3000, 2000, {}});
  seen.operations.back().latency[10] = 2;
  seen.denials.push_back({0, 5, EACCES, "chmod", "/a\nb\x1b", "rule", "fix"});
  return seen;
}

/// Nothing that drives a terminal, and no lines but those of our own.
bool harmless(const std::string& text) {
  for (const unsigned char c : text)
    if ((c < 0x20 && c != '\n') || c == 0x7F || c > 0x7F)
      return false;
  return text.find("/a\nb") == std::string::npos;
}

} // namespace

TEST_CASE("the words of the commands about running sandboxes", "[status]") {
  CHECK(parse_status_words("ps", {})->json == false);
  CHECK(parse_status_words("ps", {"--json"})->json);
  CHECK(parse_status_words("stats", {"x", "--json"})->json);
  CHECK(parse_status_words("inspect", {"--toml", "x"})->toml);
  CHECK(parse_status_words("inspect", {"x"})->name == "x");
  CHECK(parse_status_words("kill", {"x"})->signal == std::nullopt);
  CHECK(parse_status_words("kill", {"--signal", "term", "x"})->signal
        == SIGTERM);
  CHECK(parse_status_words("kill", {"x", "--signal=9"})->signal == SIGKILL);
  CHECK(parse_status_words("kill", {"--help"})->help);
}

TEST_CASE("bad words get a line that names them", "[status]") {
  CHECK(complaint("kill", {}).find("NAME") != std::string::npos);
  CHECK(complaint("kill", {"a", "b"}).find("'b'") != std::string::npos);
  CHECK(complaint("kill", {"../x"}).find("../x") != std::string::npos);
  CHECK(complaint("ps", {"x"}).find("'x'") != std::string::npos);
  CHECK(complaint("ps", {"--toml"}).find("--toml") != std::string::npos);
  CHECK(complaint("ps", {"--json=1"}).find("no value") != std::string::npos);
  for (const char* const odd : {"0", "65", "-1", "", "SIGNO", "9x"})
    CHECK(complaint("kill", {"--signal", odd, "x"}).find("--signal")
          != std::string::npos);
  CHECK(complaint("kill", {"x", "--signal"}).find("--signal")
        != std::string::npos);
}

TEST_CASE("signals by number and by name", "[status]") {
  CHECK(parse_signal("15") == SIGTERM);
  CHECK(parse_signal("SIGUSR1") == SIGUSR1);
  CHECK(parse_signal("Usr1") == SIGUSR1);
  CHECK(parse_signal("64") == 64);
  CHECK_FALSE(parse_signal("SIG").has_value());
}

TEST_CASE("ages", "[status]") {
  CHECK(age(-5) == "0s");
  CHECK(age(59) == "59s");
  CHECK(age(3599) == "59m");
  CHECK(age(3 * 3600 + 4 * 60) == "3h4m");
  CHECK(age(2 * 86'400 + 3 * 3600 + 59) == "2d3h");
}

TEST_CASE("whatever a board holds, what is printed is harmless",
          "[status][hostile]") {
  const auto seen = hostile();
  CHECK(harmless(stats_text(seen)));
  CHECK(harmless(stats_json(seen)));
  CHECK(harmless(identity_text(seen)));
  std::vector<status::sandbox_entry> all;
  all.push_back({"mine", {}, seen});
  CHECK(harmless(table_of(all, 100)));
  CHECK(harmless(json_of(all)));
  CHECK(table_of(all, 100).find("3/9") != std::string::npos);
  CHECK(table_of({}, 100) == "No running sandboxes.\n");
  CHECK(json_of({}) == "[]\n");
}
