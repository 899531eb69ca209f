// Every number by every door, against the table.
#include "core/syscall/argument_rules.hpp"
#include "core/syscall/table.hpp"
#include "tests/support/probes.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cstring>

using namespace cordon::test;
namespace syscall_table = cordon::syscall;

namespace {

constexpr int last_tried = 600;

answers inside_by(const world& place, const std::string& door) {
  return answers_of(
      place.confined({}, {programs::target("all_numbers"), "door=" + door}));
}

std::string errno_name(int error) {
  return ::strerrorname_np(error);
}

/// What the always-on rules answer for arguments that are all -1; 0 when the
/// kernel gets to see the call.
int refusal(const syscall_table::row& row) {
  using enum syscall_table::treatment;
  // Carried out on behalf: the answer is the kernel's own.
  if (row.member_of == syscall_table::group::metadata)
    return 0;
  if (row.what == deny || row.what == group)
    return row.error;
  if (row.what != check)
    return 0;
  const syscall_table::argument_rules* rules
      = syscall_table::find_rules(row.name);
  REQUIRE(rules != nullptr);
  std::array<std::uint64_t, 6> arguments;
  arguments.fill(~std::uint64_t{0});
  return syscall_table::evaluate(*rules, arguments);
}

/// Expected inside, as alternatives.
std::string expected(int number, const std::string& outside) {
  const syscall_table::row* row
      = syscall_table::find(syscall_table::arch::x86_64, number);
  if (row == nullptr)
    return "ENOSYS";
  if (const int error = refusal(*row); error != 0)
    return errno_name(error);
  return outside;
}

} // namespace

TEST_CASE("every number does what the table says", "[e2e][threat-7]") {
  // Outside as a user without capabilities: inside there are none.
  const world place(GENERATE(from_range(everybody())));
  const world plain(unprivileged());
  const answers outside = answers_of(
      plain.outside({programs::target("all_numbers"), "door=x86_64"}));

  const answers inside = inside_by(place, "x86_64");

  REQUIRE(inside.size() == last_tried + 1);
  int refused = 0;
  for (int number = 0; number <= last_tried; ++number) {
    const std::string name = "x86_64_" + std::to_string(number);
    const std::string want = expected(number, outside.at(name));
    const syscall_table::row* row
        = syscall_table::find(syscall_table::arch::x86_64, number);
    INFO(number << " " << (row == nullptr ? "unknown" : row->name) << " as "
                << place.who().name << ": outside " << outside.at(name)
                << ", inside " << inside.at(name) << ", expected " << want);
    CHECK(inside.at(name) == want);
    refused += inside.at(name) != outside.at(name);
  }
  CHECK(refused > 60);
}

TEST_CASE("no number works with the x32 bit", "[e2e][threat-7]") {
  const world place(GENERATE(from_range(everybody())));

  const answers inside = inside_by(place, "x32");

  REQUIRE(inside.size() == last_tried + 1);
  for (const auto& [name, outcome] : inside) {
    INFO(name);
    CHECK(outcome == "ENOSYS");
  }
}

TEST_CASE("no number works by int 0x80", "[e2e][threat-7]") {
  const world place(GENERATE(from_range(everybody())));

  const answers inside = inside_by(place, "int80");

  REQUIRE(inside.size() == last_tried + 1);
  for (const auto& [name, outcome] : inside) {
    INFO(name);
    // A kernel without IA32 emulation has no such door: a fault.
    CHECK(is_one_of(outcome, "ENOSYS|SIGSEGV"));
  }
}
