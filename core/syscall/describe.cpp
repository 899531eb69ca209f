#include "core/syscall/describe.hpp"

#include <cstdio>
#include <cstring>

namespace cordon::syscall {
namespace {

std::string number(std::uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, value < 10 ? "%u" : "0x%x", value);
  return text;
}

std::string answer(outcome then) {
  if (then == trap)
    return "ask the supervisor";
  return then == 0 ? "allow" : errno_name(then);
}

std::string describe(const argument_test& test) {
  const auto argument = "arg" + std::to_string(test.argument);
  using kind = argument_test::kind;
  switch (test.what) {
  case kind::equals:
    return argument + " = " + number(test.value);
  case kind::masked:
    return argument + " & " + number(test.mask) + " = " + number(test.value);
  case kind::any_bits:
    return argument + " has any of " + number(test.mask);
  case kind::is_null:
    return argument + " is null";
  case kind::not_null:
    return argument + " is not null";
  case kind::is_low:
    return argument + " is below 4 GiB";
  }
  return {};
}

/// Whether `next` only adds another value to what `now` tests.
bool joins(const argument_clause& now, const argument_clause& next) {
  using kind = argument_test::kind;
  return now.then == next.then && now.when.size() == 1 && next.when.size() == 1
         && now.when[0].what == kind::equals
         && next.when[0].what == kind::equals
         && now.when[0].argument == next.when[0].argument;
}

} // namespace

std::string errno_name(int error) {
  const char* const name = strerrorname_np(error);
  return name != nullptr ? name : "errno " + std::to_string(error);
}

std::string describe(const argument_rules& rules) {
  std::string text;
  for (std::size_t i = 0; i < rules.clauses.size(); ++i) {
    const auto& clause = rules.clauses[i];
    for (std::size_t t = 0; t < clause.when.size(); ++t)
      text += (t == 0 ? "" : " and ") + describe(clause.when[t]);
    for (; i + 1 < rules.clauses.size() && joins(clause, rules.clauses[i + 1]);
         ++i)
      text += ", " + number(rules.clauses[i + 1].when[0].value);
    text += ": " + answer(clause.then) + "; ";
  }
  return text + "otherwise: " + answer(rules.otherwise);
}

} // namespace cordon::syscall
