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
          "[e2e][lane]") {
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
