// -P: how many processes a sandbox may have.
#include "tests/support/probes.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

using namespace cordon;
using namespace cordon::test;

namespace {

words limit(int count) {
  return {"-P", std::to_string(count)};
}

outcome shell(const world& place, const words& options,
              const std::string& script) {
  return run(place.confined(options, {"/bin/sh", "-c", script}));
}

} // namespace

TEST_CASE("option --max-processes counts the first process", "[e2e][lane]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string forks = "(exit 3); echo status $?";

  CHECK(shell(place, limit(2), forks).out == "status 3\n");
  const outcome alone = shell(place, limit(1), forks);
  CHECK(alone.out.empty());
  CHECK(alone.err.find("Cannot fork") != std::string::npos);
}

TEST_CASE("processes that have ended make room, zombies do not",
          "[e2e][lane]") {
  const world place(GENERATE(from_range(everybody())));

  const outcome many = shell(
      place, limit(2),
      "i=0; while [ $i -lt 50 ]; do (:) || exit 1; i=$((i+1)); done; echo all");
  CHECK(many.out == "all\n");

  const outcome zombies = run(place.confined(
      limit(4), {"/usr/bin/perl", "-e",
                 "$n = 0; for (1..10) { $p = fork; exit 0 if defined $p && !$p;"
                 " $n++ if defined $p; } print \"$n\\n\"; "
                 "1 while wait > 0; $p = fork; exit 0 if defined $p && !$p;"
                 "print defined $p ? \"again\\n\" : \"no\\n\";"}));
  CHECK(zombies.out == "3\nagain\n");
}

TEST_CASE("threads are not processes", "[e2e][lane]") {
  const world place(GENERATE(from_range(everybody())));

  const outcome result = run(place.confined(
      limit(1),
      {"/usr/bin/python3", "-c",
       "import threading\n"
       "t=[threading.Thread(target=lambda: None) for _ in range(50)]\n"
       "[x.start() for x in t]; [x.join() for x in t]; print('ok')"}));

  CHECK(result.out == "ok\n");
}

TEST_CASE("many threads that fork at once never pass the limit",
          "[e2e][lane][threat-33]") {
  const world place(GENERATE(from_range(everybody())));
  constexpr int most = 12;
  // Counted by somebody else while it happens.
  std::atomic<bool> over = false;
  std::size_t highest = 0;
  const std::string mark = programs::target("fork_storm");
  std::thread counter{[&] {
    while (!over) {
      std::size_t now = 0;
      for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        std::error_code ignored;
        const auto program
            = std::filesystem::read_symlink(entry.path() / "exe", ignored);
        now += program == mark;
      }
      highest = std::max(highest, now);
    }
  }};

  const outcome result = run(place.confined(limit(most), {mark, "64", "20"}));
  over = true;
  counter.join();

  INFO(result.out << result.err);
  REQUIRE(result.code() == 0);
  const answers said = parse_answers(result.out);
  CHECK(std::stoi(said.at("made")) > 100);
  CHECK(std::stoi(said.at("refused")) > 0);
  CHECK(said.at("odd") == "0");
  CHECK(highest > 2);
  CHECK(highest <= most);
}

TEST_CASE("no way to make, keep or lose processes passes the limit",
          "[e2e][lane][threat-33]") {
  const world place(GENERATE(from_range(everybody())));
  constexpr int most = 10;
  const std::string program = programs::target("fork_tricks");
  struct row {
    const char* trick;
    int stay; ///< that stay, besides the first process
  };
  // An orphan's parent needs room for a moment as well.
  for (const auto& [trick, stay] :
       {row{"plain", most - 1}, row{"waits", most - 1},
        row{"zombies", most - 1}, row{"chain", most - 1},
        row{"vforked", most - 1}, row{"orphans", most - 2},
        row{"subreaper", most - 2}, row{"sessions", most - 2}}) {
    INFO(trick << " as " << place.who().name);
    const answers outside
        = answers_of(place.outside({program, trick, std::to_string(3 * most)}));
    CHECK(outside.at("made") == std::to_string(3 * most));
    const answers inside = answers_of(place.confined(
        limit(most), {program, trick, std::to_string(3 * most)}));
    CHECK(inside.at("made") == std::to_string(stay));
    CHECK(inside.at("stopped") == "EAGAIN");
  }
}

TEST_CASE("what has ended makes room, and who is in vfork counts once",
          "[e2e][lane]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string program = programs::target("fork_tricks");

  CHECK(answers_of(place.confined(limit(2), {program, "ignored", "100"}))
            .at("made")
        == "100");
  // The first, one in vfork(2), and room for one more again and again.
  CHECK(answers_of(place.confined(limit(3), {program, "beside", "100"}))
            .at("made")
        == "100");
}

TEST_CASE("explain says what a limit of processes means", "[e2e][explain]") {
  const world place(unprivileged());
  const auto explained = [&](const words& options) {
    return run(place.cordon(words{"explain", "-p", "base"} + options
                            + words{"syscall", "vfork"}));
  };

  CHECK(explained({}).out == "allowed: allowed whatever its arguments\n");
  CHECK(explained({"-P", "3"}).out
        == "allowed: counted by the supervisor: EAGAIN for more than 3 "
           "processes at once\n");
  const outcome alone = explained({"-P", "1"});
  CHECK(alone.code() == 1);
  CHECK(alone.out
        == "denied (EAGAIN): the program itself is the one process that "
           "--max-processes allows\nto allow it: --max-processes 2\n");
}

TEST_CASE("a limit of processes needs the supervisor, and a number",
          "[e2e][lane]") {
  const world place(unprivileged());

  const outcome alone
      = run(place.confined({"-P", "3", "--no-supervisor"}, {"/bin/true"}));
  CHECK(alone.code() == 2);
  CHECK(alone.err.find("--no-supervisor") != std::string::npos);
  const outcome none = run(place.confined({"-P", "0"}, {"/bin/true"}));
  CHECK(none.code() == 2);
  CHECK(none.err.find("--max-processes: 0 leaves no process to start")
        != std::string::npos);
}
