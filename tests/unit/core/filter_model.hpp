// What the filters should answer, said plainly: no BPF here.
#pragma once

#include "core/seccomp/assembler.hpp"
#include "core/seccomp/policy_filter.hpp"
#include "core/syscall/argument_rules.hpp"
#include "core/syscall/table.hpp"

#include <linux/seccomp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <random>

namespace cordon::test {

using arguments = std::array<std::uint64_t, 6>;

inline seccomp_data call(std::uint32_t arch, int number,
                         const arguments& args = {}) {
  seccomp_data data{};
  data.arch = arch;
  data.nr = number;
  std::ranges::copy(args, data.args);
  return data;
}

/// The constant filter's answer for a native call.
inline std::uint32_t constant_model(int number, const arguments& args) {
  const auto* const row = syscall::find(syscall::native, number);
  if (row == nullptr)
    return seccomp::action_of(ENOSYS);
  if (const auto* rules = syscall::find_rules(row->name))
    return seccomp::action_of(syscall::evaluate(*rules, args));
  if (row->what == syscall::treatment::deny)
    return seccomp::action_of(row->error);
  return SECCOMP_RET_ALLOW;
}

/// The policy filter's answer for a native call.
inline std::uint32_t policy_model(const seccomp::policy_filter_spec& spec,
                                  int number, const arguments& args) {
  for (const auto& denied : spec.denied)
    if (syscall::find(denied.syscall)->number_on(syscall::native) == number)
      return seccomp::action_of(denied.error);
  for (const auto& rules : spec.rules)
    if (syscall::find(rules.syscall)->number_on(syscall::native) == number)
      return seccomp::action_of(syscall::evaluate(rules, args));
  return SECCOMP_RET_ALLOW;
}

/// Argument values that rules turn on: those they name, their neighbours, and
/// the same with bits above 32 set.
class argument_source {
public:
  explicit argument_source(std::uint32_t seed)
      : random_(seed) {
    for (const auto& rules : syscall::constant_rules())
      for (const auto& clause : rules.clauses)
        for (const auto& test : clause.when) {
          values_.push_back(test.value);
          values_.push_back(test.mask);
        }
    for (const std::uint64_t edge : {0ULL, 1ULL, ~0ULL, 0xFFFFFFFFULL})
      values_.push_back(edge);
  }

  arguments next() {
    arguments args{};
    for (auto& value : args)
      value = pick();
    return args;
  }

  std::mt19937& random() {
    return random_;
  }

private:
  std::uint64_t pick() {
    auto value = values_[random_() % values_.size()];
    switch (random_() % 6) {
    case 0:
      return value | (1ULL << (32 + random_() % 32)); // dirty upper half
    case 1:
      return value + 1;
    case 2:
      return value ^ (1ULL << (random_() % 32));
    case 3:
      return (std::uint64_t{random_()} << 32) | random_();
    default:
      return value;
    }
  }

  std::vector<std::uint64_t> values_;
  std::mt19937 random_;
};

} // namespace cordon::test
