#include "core/seccomp/interpreter.hpp"
#include "core/seccomp/policy_filter.hpp"
#include "tests/unit/core/filter_model.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace cordon;
using namespace cordon::test;

namespace {

constexpr auto native_arch = syscall::audit_arch(syscall::native);

syscall::argument_test random_test(argument_source& source) {
  using kind = syscall::argument_test::kind;
  auto& random = source.random();
  const auto args = source.next();
  const auto mask = static_cast<std::uint32_t>(args[1]);
  return {static_cast<kind>(random() % 5),
          static_cast<std::uint8_t>(random() % 6), mask,
          static_cast<std::uint32_t>(args[0]) & mask};
}

syscall::argument_rules random_rules(argument_source& source,
                                     std::string_view name) {
  auto& random = source.random();
  syscall::argument_rules rules{name, {}, 0};
  for (auto clauses = random() % 8; clauses > 0; --clauses) {
    syscall::argument_clause clause{{}, 0};
    for (auto tests = random() % 4; tests > 0; --tests)
      clause.when.push_back(random_test(source));
    clause.then = static_cast<std::int16_t>(random() % 3);
    rules.clauses.push_back(clause);
  }
  rules.otherwise = static_cast<std::int16_t>(random() % 2);
  return rules;
}

/// A policy that nobody would write, over a random set of calls.
seccomp::policy_filter_spec random_spec(argument_source& source) {
  seccomp::policy_filter_spec spec;
  auto& random = source.random();
  std::set<std::string_view> used;
  for (auto calls = random() % 40; calls > 0; --calls) {
    const auto& row = syscall::rows()[random() % syscall::rows().size()];
    if (!used.insert(row.name).second)
      continue;
    if (random() % 2 == 0)
      spec.denied.push_back({std::string(row.name),
                             static_cast<std::int16_t>(1 + random() % 30)});
    else
      spec.rules.push_back(random_rules(source, row.name));
  }
  return spec;
}

} // namespace

TEST_CASE("random policies answer as the plain model says",
          "[filter][random]") {
  argument_source source{3};
  for (int round = 0; round < 300; ++round) {
    const auto spec = random_spec(source);
    const auto made = seccomp::compile(spec);
    REQUIRE(made.has_value());
    if (made->empty())
      continue;
    for (int number = 0; number < 480; ++number) {
      const auto args = source.next();
      INFO("round " << round << " number " << number);
      REQUIRE(seccomp::interpret(*made, call(native_arch, number, args))
              == policy_model(spec, number, args));
    }
  }
}

TEST_CASE("an empty policy compiles to nothing", "[filter]") {
  const auto made = seccomp::compile({});

  REQUIRE(made.has_value());
  CHECK(made->empty());
}

TEST_CASE("a policy with an unknown call is refused", "[filter]") {
  const auto made = seccomp::compile({{{"no_such_call", 1}}, {}});

  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().code == EINVAL);
  CHECK(made.error().path == "no_such_call");
}

TEST_CASE("a call that is listed twice is refused", "[filter]") {
  CHECK_FALSE(
      seccomp::compile({{{"listen", 1}, {"listen", 2}}, {}}).has_value());
  CHECK_FALSE(
      seccomp::compile({{{"ioctl", 1}}, {{"ioctl", {}, 1}}}).has_value());
}

TEST_CASE("a policy that compiles to too much is refused", "[filter]") {
  syscall::argument_rules rules{"ioctl", {}, 0};
  for (std::uint32_t i = 0; i < 2000; ++i)
    rules.clauses.push_back({{syscall::equals(1, i)}, 1});

  const auto made = seccomp::compile({{}, {rules}});

  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().code == E2BIG);
}

TEST_CASE("calls that another architecture lacks are left out", "[filter]") {
  const auto made = seccomp::compile({{{"chmod", 1}, {"fchmodat", 2}}, {}},
                                     syscall::arch::aarch64);

  REQUIRE(made.has_value());
  const auto arm = syscall::audit_arch(syscall::arch::aarch64);
  CHECK(seccomp::interpret(*made, call(arm, 53)) == seccomp::action_of(2));
  CHECK(seccomp::interpret(*made, call(arm, 90)) == SECCOMP_RET_ALLOW);
}
