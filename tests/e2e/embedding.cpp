// Services that embed cordon, as processes of their own: as root and as nobody.
#include "tests/support/outside.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/survivors.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <signal.h>

#include <deque>
#include <fstream>
#include <random>
#include <regex>
#include <sstream>
#include <thread>

using namespace cordon::test;

namespace {

command embedder(const world& place, const canary& mark, const words& members) {
  command made
      = place.outside(words{programs::service("embedder"), programs::keeper(),
                            programs::target("stragglers")}
                      + members);
  made.env.push_back(mark.variable());
  return made;
}

void check_gone(const canary& mark) {
  const bool gone = mark.gone();
  CHECK(gone);
  if (!gone)
    mark.sweep();
}

/// Kills a service at a random moment of its start or of its runs.
void kill_services(int rounds) {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  std::deque<world> places;
  for (const identity& who : everybody())
    places.emplace_back(who);
  for (int round = 0; round < rounds; ++round) {
    const canary mark;
    running one(embedder(places[random() % places.size()], mark,
                         {"session", "daemon", "stopped", "vfork"}));
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 40'000));
    ::kill(one.pid(), SIGKILL);
    INFO("round " << round);
    CHECK(one.wait().code() == 137);
    check_gone(mark);
  }
}

std::string whole_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

} // namespace

TEST_CASE("the examples of the documentation do what they say", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));

  const outcome plain = run(place.outside({programs::service("plain")}));
  const outcome service = run(place.outside({programs::service("service")}));

  INFO(plain.err << service.err);
  CHECK(plain.code() == 0);
  CHECK_THAT(plain.out, Catch::Matches("exit status 1\nit said: hello\n"
                                       "refused: chmod: no write grant covers "
                                       ".*/bin/env\n"));
  CHECK(service.code() == 0);
  CHECK_THAT(
      service.out,
      Catch::Matches("job 1: exit status 0, said 4 bytes, 0 refused\n"
                     "job 2: exit status 0, said 3893 bytes, 0 refused\n"
                     "job 3: exit status 1, said 0 bytes, 1 refused; chmod: "
                     "--fs-write .*/bin/env\n"
                     "job 4: exit status 3, said 0 bytes, 0 refused\n"));
}

TEST_CASE("docs/embedding.md shows the examples as they are built", "[e2e]") {
  const std::string page
      = whole_file(std::string(paths::source_directory) + "/docs/embedding.md");

  for (const char* const name : {"plain", "service"}) {
    const std::string code = whole_file(std::string(paths::source_directory)
                                        + "/docs/examples/" + name + ".cpp");
    INFO(name);
    REQUIRE_FALSE(code.empty());
    CHECK(page.find("```cpp\n" + code + "```\n") != std::string::npos);
  }
}

TEST_CASE("what the embedding API promises holds without privileges", "[e2e]") {
  // Root runs these by itself.
  const world place(unprivileged());

  command tests = place.outside(
      {programs::actor_tests(), "[sandbox],[run],[service],[handlers]"});
  tests.env.emplace_back("CORDON_TEST_KEEPER", programs::keeper());

  const outcome result = run(tests);

  INFO(result.out);
  CHECK(result.code() == 0);
}

TEST_CASE("an embedding service's runs end by themselves", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  const canary mark;

  const outcome result
      = run(embedder(place, mark, {"session", "daemon", "exit"}));

  INFO(result.err);
  CHECK(result.code() == 0);
  check_gone(mark);
}

TEST_CASE("a killed embedding service leaves nothing behind",
          "[e2e][threat-29]") {
  const world place(GENERATE(from_range(everybody())));
  const victim other(place.who());
  const canary mark;
  running one(embedder(
      place, mark,
      {"session", "daemon", "stopped", "vfork", "deaf", "thread", "group"}));
  REQUIRE(one.wait_for("ready"));

  ::kill(one.pid(), SIGKILL);
  CHECK(one.wait().code() == 137);

  check_gone(mark);
  CHECK(other.alive());
}

TEST_CASE(
    "embedding services killed at random moments, 50 times, leave nothing",
    "[e2e][threat-29]") {
  kill_services(50);
}

TEST_CASE("embedding services killed at random moments, 500 times, leave "
          "nothing",
          "[soak][threat-29]") {
  kill_services(500);
}
