#include "cli/run_options.hpp"

#include <catch2/catch.hpp>

using namespace cordon;
using cli::arguments;

namespace {

cli::run_options parsed(const arguments& words) {
  auto made = cli::parse_run_options(words, cli::option_scope::run);
  REQUIRE(std::holds_alternative<cli::run_options>(made));
  return std::get<cli::run_options>(std::move(made));
}

} // namespace

TEST_CASE("what follows the options is the command, untouched", "[options]") {
  using words = arguments;
  CHECK(parsed({"ls", "-r", "--", "x"}).command
        == words{"ls", "-r", "--", "x"});
  CHECK(parsed({"-v", "--", "ls", "--help"}).command == words{"ls", "--help"});
  CHECK(parsed({"-v", "--", "--", "x"}).command == words{"--", "x"});
  CHECK(parsed({"--"}).command.empty());
}

TEST_CASE("values arrive as they were written", "[options]") {
  // All of these mean something to the parsing library.
  const arguments odd = {"{}", "[a,b]", "%%", "--", "-v", "a b", "'q'", "\xff"};
  for (const auto& path : odd) {
    const auto made = parsed({"-r", path, "ls"});
    REQUIRE(made.profile->grants.size() == 1);
    CHECK(made.profile->grants[0].path == path);
    CHECK(made.command == arguments{"ls"});
  }
}

TEST_CASE("lists append in the order written", "[options]") {
  const auto made = parsed({"-r", "/a", "-w/b", "--fs-read=/c", "-vr", "/d"});

  std::string paths;
  for (const auto& grant : made.profile->grants)
    paths += grant.path;
  CHECK(paths == "/a/b/c/d");
  CHECK(made.profile->grants[1].wanted == policy::access::write);
  CHECK(made.verbosity == 1);
}

TEST_CASE("of two scalars the last wins", "[options]") {
  using policy::insistence;
  using policy::protection;
  const auto made = parsed({"-t", "1", "--timeout=2"});
  CHECK(made.profile->timeout->value == std::chrono::seconds{2});

  const auto one
      = parsed({"--disable", "net-tcp", "--allow-degraded", "net-tcp"});
  CHECK(one.profile->insists_on(protection::net_tcp) == insistence::degradable);
  const auto other
      = parsed({"--allow-degraded", "net-tcp", "--disable", "net-tcp"});
  CHECK(other.profile->insists_on(protection::net_tcp) == insistence::disabled);
}

TEST_CASE("options add to a profile wherever it stands", "[options]") {
  const auto alone = parsed({"-p", "base"});
  for (const auto& words : {arguments{"-p", "base", "-r", "/a"},
                            arguments{"-r", "/a", "-p", "base"}}) {
    const auto made = parsed(words);
    const auto& grants = made.profile->grants;
    CHECK(grants.size() == alone.profile->grants.size() + 1);
    CHECK(grants.back().path == "/a");
  }
}

TEST_CASE("switches are counted once each", "[options]") {
  const auto made = parsed({"-vv", "-v", "--no-supervisor", "--clean-env"});
  CHECK(made.verbosity == 3);
  CHECK_FALSE(made.supervised);
  CHECK(made.profile->clean_env);
}
