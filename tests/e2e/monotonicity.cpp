// Less granted is never more reachable: random grants, real runs.
#include "tests/e2e/small_tree.hpp"
#include "tests/support/outside.hpp"
#include "tests/support/probes.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <set>

using namespace cordon::test;

namespace {

constexpr const char* bound_port = "20945";

/// Grants to choose from.
std::vector<words> possible_grants(const std::string& root, int port) {
  std::vector<words> all{{"--net-allow", ":" + std::to_string(port)},
                         {"--net-allow-bind", bound_port}};
  for (const char* name : {"", "/a", "/a/b", "/a/b/f", "/d", "/d/f", "/a/to_d"})
    for (const char* option : {"-r", "-w"})
      all.push_back({option, root + name});
  return all;
}

/// Everything that is tried, as words for the program inside.
words attempts(const std::string& root, int port, const std::string& socket) {
  words all{"connect", std::to_string(port),
            "bind",    bound_port,
            "listen",  ".",
            "unix",    socket};
  for (const char* name : {"", "/f", "/a", "/a/f", "/a/b/f", "/a/b/c/f", "/d",
                           "/d/f", "/d/e/f", "/a/to_d/f"})
    for (const char* action : {"read", "write", "execute"})
      all.insert(all.end(), {action, root + name});
  for (const char* name : {"/new", "/a/new", "/a/b/new", "/d/new"})
    for (const char* action : {"mkdir", "rmdir"})
      all.insert(all.end(), {action, root + name});
  return all;
}

/// What works inside with these grants.
std::set<std::string> reachable(const world& place,
                                const std::vector<words>& grants,
                                const words& tried) {
  words options{"-r", programs::target_directory()};
  for (const words& grant : grants)
    options = options + grant;
  const answers inside = answers_of(
      place.cordon(words{"run", "-p", "base"} + options
                   + words{"--", programs::target("act")} + tried));
  std::set<std::string> reached;
  for (const auto& [name, outcome] : inside)
    if (outcome == "ok")
      reached.insert(name);
  return reached;
}

} // namespace

TEST_CASE("taking a grant away never makes more reachable",
          "[e2e][threat-20]") {
  const world place(GENERATE(from_range(everybody())));
  const small_tree here(place);
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  tcp_listener listener;
  const auto path = unix_listener::at(place.files() / "outside/socket");
  std::vector<words> possible = possible_grants(here.root, listener.port());
  const words tried = attempts(here.root, listener.port(), path.name());

  for (int round = 0; round < 12; ++round) {
    std::shuffle(possible.begin(), possible.end(), random);
    const std::vector<words> grants(
        possible.begin(),
        possible.begin() + 1 + static_cast<std::ptrdiff_t>(random() % 5));
    const std::set<std::string> all = reachable(place, grants, tried);
    for (std::size_t left_out = 0; left_out < grants.size(); ++left_out) {
      std::vector<words> fewer = grants;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(left_out));
      for (const std::string& reached : reachable(place, fewer, tried)) {
        INFO("without " << grants[left_out][0] << " " << grants[left_out][1]
                        << ": " << reached);
        CHECK(all.contains(reached));
      }
    }
  }
}

TEST_CASE("everything that monotonicity tries can be reached with all grants",
          "[e2e][threat-20]") {
  // Else the test above would compare nothing with nothing.
  const world place(GENERATE(from_range(everybody())));
  const small_tree here(place);
  tcp_listener listener;
  auto path = unix_listener::at(place.files() / "outside/socket");
  const words tried = attempts(here.root, listener.port(), path.name());
  const std::vector<words> everything{
      {"-w", here.root},
      {"--net-allow", ":" + std::to_string(listener.port())},
      {"--net-allow-bind", bound_port}};

  const std::set<std::string> all = reachable(place, everything, tried);

  // A directory cannot be written to or executed; the socket by its name is
  // granted by nothing, and nothing listens that is not bound.
  CHECK(all.size() >= tried.size() / 2 - 8);
  CHECK_FALSE(all.contains("unix " + path.name()));
  CHECK(
      answers_of(place.outside({programs::target("act"), "unix", path.name()}))
          .at("unix " + path.name())
      == "ok");
}
