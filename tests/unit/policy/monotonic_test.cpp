// Removing a grant never enlarges what is reachable.
#include "policy/explain.hpp"
#include "policy/profile_builder.hpp"
#include "tests/unit/policy/made_up_files.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace cordon::policy;
using cordon::test::made_up_files;

namespace {

const std::vector<std::string> places
    = {"/", "/a", "/a/b", "/a/b/c", "/ab", "/a/b/c/d", "/x", "/x/y"};

made_up_files tree() {
  std::map<std::string, std::string> all;
  for (const auto& place : places)
    all[place] = place;
  all["/link"] = "/a/b";
  return made_up_files{std::move(all)};
}

std::vector<question> all_questions() {
  std::vector<question> all = {signal_question{}};
  for (const auto action :
       {file_action::read, file_action::write, file_action::create,
        file_action::remove, file_action::execute})
    for (const auto& place : places)
      all.push_back(file_question{action, place == "/" ? "/new" : place});
  for (const auto kind :
       {port_question::kind::connect, port_question::kind::bind})
    for (std::uint16_t port = 1; port <= 3; ++port)
      all.push_back(port_question{kind, port});
  for (const char* name : {"connect", "listen", "chmod", "shmget", "read"})
    all.push_back(syscall_question{name});
  return all;
}

profile random_profile(std::mt19937& random) {
  profile p;
  for (auto n = random() % 6; n > 0; --n)
    p.grants.push_back(
        {random() % 5 == 0 ? "/link" : places[random() % places.size()],
         random() % 2 ? access::read : access::write, true, "g"});
  for (auto n = random() % 3; n > 0; --n)
    p.connect_ports.push_back(
        {static_cast<std::uint16_t>(1 + random() % 3), "c"});
  for (auto n = random() % 3; n > 0; --n)
    p.bind_ports.push_back({static_cast<std::uint16_t>(1 + random() % 3), "b"});
  for (const char* group : {"metadata", "sysv_ipc", "unix_datagram"})
    if (random() % 2)
      p.extra_allow.push_back({group, "o"});
  return p;
}

/// Every profile that lacks one thing of `p`.
std::vector<profile> one_less(const profile& p) {
  std::vector<profile> all;
  const auto each = [&](auto member) {
    for (std::size_t i = 0; i < (p.*member).size(); ++i) {
      auto less = p;
      (less.*member)
          .erase((less.*member).begin() + static_cast<std::ptrdiff_t>(i));
      all.push_back(std::move(less));
    }
  };
  each(&profile::grants);
  each(&profile::connect_ports);
  each(&profile::bind_ports);
  each(&profile::extra_allow);
  return all;
}

std::vector<bool> reach(const profile& p, int abi) {
  const auto files = tree();
  auto degradable = p;
  degradable.protections.fill(insistence::degradable);
  const auto made = make_plan(degradable, {abi}, run_kind::supervised);
  std::vector<bool> allowed;
  for (const auto& asked : all_questions())
    allowed.push_back(explain(degradable, *made, files, asked).allowed);
  return allowed;
}

} // namespace

TEST_CASE("removing a grant never enlarges what is reachable",
          "[policy][random]") {
  std::mt19937 random{7};
  const auto questions = all_questions();
  for (int round = 0; round < 150; ++round) {
    const auto p = random_profile(random);
    const int abi = 1 + static_cast<int>(random() % 7);
    const auto before = reach(p, abi);
    for (const auto& less : one_less(p)) {
      const auto after = reach(less, abi);
      for (std::size_t i = 0; i < questions.size(); ++i) {
        INFO("round " << round << " question " << i);
        REQUIRE((before[i] || !after[i]));
      }
    }
  }
}

TEST_CASE("with nothing granted nothing is reachable", "[policy]") {
  const auto files = tree();
  const profile empty;
  const auto made = make_plan(empty, {7}, run_kind::supervised);
  for (const auto& asked : all_questions()) {
    const auto* call = std::get_if<syscall_question>(&asked);
    // Within the sandbox there is always somebody to connect to.
    const bool stays_inside
        = call != nullptr
          && (call->name == "read" || call->name == "connect"
              || call->name == "listen");
    if (!stays_inside)
      CHECK_FALSE(explain(empty, *made, files, asked).allowed);
  }
}
