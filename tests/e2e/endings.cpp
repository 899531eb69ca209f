// When a run ends, for whatever reason, nothing of it lives on.
#include "tests/support/outside.hpp"
#include "tests/support/probes.hpp"
#include "tests/support/survivors.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <signal.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>
#include <tuple>

using namespace cordon::test;

namespace {

const words all_members{"session", "daemon", "stopped", "vfork", "deaf",
                        "thread",  "group",  "storm",   "bomb"};

command stragglers(const world& place, const canary& mark, const words& options,
                   const words& members) {
  command made = place.confined(options, words{programs::target("stragglers")}
                                             + members);
  made.env.push_back(mark.variable());
  return made;
}

/// The children of a process.
std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> found;
  std::error_code gone;
  for (const auto& thread : std::filesystem::directory_iterator(
           "/proc/" + std::to_string(parent) + "/task", gone)) {
    std::ifstream list(thread.path() / "children");
    for (pid_t child = 0; list >> child;)
      found.push_back(child);
  }
  return found;
}

bool runs(pid_t pid, const std::string& program) {
  std::error_code ignored;
  const auto target = std::filesystem::read_symlink(
      "/proc/" + std::to_string(pid) + "/exe", ignored);
  return target.string() == program;
}

/// The keeper of a run; 0 when it is not there (yet, or any more).
pid_t keeper_of(pid_t supervisor) {
  for (const pid_t child : children_of(supervisor))
    if (runs(child, programs::keeper()))
      return child;
  return 0;
}

/// Whether the run is over; kills what is left of a run that failed to be.
void check_gone(const canary& mark) {
  const bool gone = mark.gone();
  CHECK(gone);
  if (!gone) {
    WARN("left: " << mark.alive().size());
    mark.sweep();
  }
}

enum class killed { supervisor, keeper };

/// What is killed at random moments.
struct hunted {
  words options;
  words members;
  /// The moments are of the first so many microseconds: before the plan is
  /// read, in the middle of set-up, or later.
  unsigned moments;
};

const hunted silent{{}, {"session", "daemon", "stopped", "vfork"}, 30'000};
/// Its calls are trapped from the first one on: cordon becomes cordon-lane.
const hunted answered{
    {"-P", "150"}, {"session", "daemon", "stopped", "vfork", "bomb"}, 120'000};

void kill_at_random(const hunted& what, int rounds, killed which,
                    std::mt19937& random) {
  std::deque<world> places;
  for (const identity& who : everybody())
    places.emplace_back(who);
  int found = 0;
  for (int round = 0; round < rounds; ++round) {
    const canary mark;
    const world& place = places[random() % places.size()];
    running one(stragglers(place, mark, what.options, what.members));
    std::this_thread::sleep_for(
        std::chrono::microseconds(random() % what.moments));
    const pid_t keeper = keeper_of(one.pid());
    found += keeper != 0;
    if (which == killed::supervisor)
      ::kill(one.pid(), SIGKILL);
    else if (keeper != 0)
      ::kill(keeper, SIGKILL);
    else
      ::kill(one.pid(), SIGTERM);
    const outcome result = one.wait();
    INFO("round " << round << " as " << place.who().name << ": " << result.err);
    CHECK_FALSE(result.hung);
    if (which == killed::keeper && keeper != 0)
      CHECK((result.code() == 125 || result.code() >= 128));
    check_gone(mark);
  }
  // Else nothing but starts was hit.
  CHECK(found > rounds / 4);
}

void kill_all_at_random(const hunted& what, int rounds) {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  kill_at_random(what, rounds / 2, killed::supervisor, random);
  kill_at_random(what, rounds - rounds / 2, killed::keeper, random);
}

} // namespace

TEST_CASE("the stragglers live on when nothing ends them", "[e2e][threat-29]") {
  const world place(unprivileged());
  const canary mark;
  // Without the storm, which would leave its zombies to init.
  command made
      = place.outside({programs::target("stragglers"), "session", "daemon",
                       "stopped", "vfork", "deaf", "thread", "group", "exit"});
  made.env.push_back(mark.variable());

  const outcome result = run(made);

  CHECK(result.out == "ready\n");
  CHECK(mark.alive().size() >= 7);
  mark.sweep();
}

TEST_CASE("when the program exits, everything it started is ended",
          "[e2e][threat-29][A-03.21]") {
  const world place(GENERATE(from_range(everybody())));
  const victim other(place.who());
  const canary mark;

  const outcome result
      = run(stragglers(place, mark, {}, all_members + words{"exit"}));

  CHECK(result.out == "ready\n");
  CHECK(result.code() == 0);
  // Not "soon": the run is over when nothing of it lives.
  CHECK(mark.alive().empty());
  check_gone(mark);
  CHECK(other.alive());
}

TEST_CASE("a timeout ends all members", "[e2e][threat-29]") {
  const world place(GENERATE(from_range(everybody())));
  const victim other(place.who());
  const canary mark;

  const outcome result
      = run(stragglers(place, mark, {"--timeout", "1"}, all_members));

  CHECK(result.code() == 124);
  CHECK(mark.alive().empty());
  check_gone(mark);
  CHECK(other.alive());
}

TEST_CASE("a supervisor that is told to end ends all members",
          "[e2e][threat-29][A-03.22]") {
  const world place(GENERATE(from_range(everybody())));
  const int signal = GENERATE(SIGTERM, SIGINT, SIGHUP);
  const canary mark;
  running one(stragglers(place, mark, {}, all_members));
  REQUIRE(one.wait_for("ready"));

  ::kill(one.pid(), signal);
  const outcome result = one.wait();

  CHECK(result.code() == 128 + signal);
  CHECK(mark.alive().empty());
  check_gone(mark);
}

TEST_CASE("a killed supervisor leaves nothing behind", "[e2e][threat-29]") {
  const world place(GENERATE(from_range(everybody())));
  const victim other(place.who());
  const canary mark;
  running one(stragglers(place, mark, {}, all_members));
  REQUIRE(one.wait_for("ready"));

  ::kill(one.pid(), SIGKILL);
  CHECK(one.wait().code() == 137);

  check_gone(mark);
  CHECK(other.alive());
}

TEST_CASE("a killed keeper leaves nothing behind, and the run fails",
          "[e2e][threat-29]") {
  const world place(GENERATE(from_range(everybody())));
  const victim other(place.who());
  const canary mark;
  running one(stragglers(place, mark, {}, all_members));
  REQUIRE(one.wait_for("ready"));
  const pid_t keeper = keeper_of(one.pid());
  REQUIRE(keeper != 0);

  ::kill(keeper, SIGKILL);
  const outcome result = one.wait();

  CHECK(result.code() == 125);
  CHECK(result.last_error_line().starts_with("cordon: "));
  check_gone(mark);
  CHECK(other.alive());
}

TEST_CASE("a stopped supervisor does not keep a finished run alive",
          "[e2e][threat-29]") {
  const world place(GENERATE(from_range(everybody())));
  const canary mark;
  running one(stragglers(place, mark, {}, {"session", "stopped"}));
  REQUIRE(one.wait_for("ready"));

  ::kill(one.pid(), SIGSTOP);
  ::kill(one.pid(), SIGKILL);

  CHECK(one.wait().code() == 137);
  check_gone(mark);
}

TEST_CASE("below Landlock ABI 6 the tree is ended all the same",
          "[e2e][threat-29][threat-21]") {
  const world place(GENERATE(from_range(everybody())));
  const int abi = GENERATE(1, 5);
  const victim other(place.who());
  const canary mark;
  command made = place.confined_on(abi, {"--allow-degraded", "signal-scope"},
                                   words{programs::target("stragglers")}
                                       + all_members + words{"exit"});
  made.env.push_back(mark.variable());

  const outcome result = run(made);

  INFO(result.err);
  CHECK(result.code() == 0);
  check_gone(mark);
  CHECK(other.alive());
}

TEST_CASE("what is left when both are killed at once is still walled",
          "[e2e][threat-29]") {
  const world place(GENERATE(from_range(everybody())));
  const canary mark;
  const std::string report = place.inside() + "/report";
  const std::string act = programs::target("act");
  // Waits until it is told that both are gone, then tries to get out.
  command made = place.confined(
      {}, {"/bin/sh", "-c",
           "echo ready; while [ ! -e go ]; do sleep 0.05; done; " + act
               + " read " + place.secret() + " create " + place.files().path()
               + "/new bind 20999 socket 1 > report.new; "
                 "mv report.new report"});
  made.env.push_back(mark.variable());
  running one(made);
  REQUIRE(one.wait_for("ready"));
  const pid_t keeper = keeper_of(one.pid());
  REQUIRE(keeper != 0);

  // Stopped first, so that neither sees the other's end.
  ::kill(keeper, SIGSTOP);
  ::kill(one.pid(), SIGSTOP);
  ::kill(keeper, SIGKILL);
  ::kill(one.pid(), SIGKILL);
  std::ignore = one.wait();
  place.files().file("inside/go", "", place.who());
  for (int i = 0;
       i < 600 && !mark.alive().empty() && !std::filesystem::exists(report);
       ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));

  if (std::filesystem::exists(report)) {
    const answers inside = parse_answers(read_file(report));
    CHECK(inside.at("read " + place.secret()) == "EACCES");
    CHECK(inside.at("create " + place.files().path() + "/new") == "EACCES");
    CHECK(inside.at("bind 20999") == "EACCES");
    CHECK(inside.at("socket 1") == "ok");
  } else {
    // Nothing was left: better still.
    CHECK(mark.alive().empty());
  }
  mark.sweep();
}

TEST_CASE("killed at random moments, 50 times, nothing lives on",
          "[e2e][threat-29]") {
  kill_all_at_random(silent, 50);
}

TEST_CASE("killed while calls are answered, 100 times, nothing lives on",
          "[e2e][lane][threat-29]") {
  kill_all_at_random(answered, 100);
}

TEST_CASE("killed while calls are answered, 1000 times, nothing lives on",
          "[soak][threat-29]") {
  kill_all_at_random(answered, 1000);
}

TEST_CASE("killed at random moments, 500 times, nothing lives on",
          "[soak][threat-29]") {
  kill_all_at_random(silent, 500);
}
