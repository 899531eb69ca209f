#include "core/seccomp/policy_filter.hpp"

#include "core/seccomp/assembler.hpp"

#include <linux/seccomp.h>

#include <algorithm>

namespace cordon::seccomp {
namespace {

/// The number of a call on `a`; the names of a spec must be known and each
/// may occur once.
class number_book {
public:
  explicit number_book(syscall::arch a)
      : arch_(a) {
  }

  result<int> number_of(std::string_view name) {
    const auto* row = syscall::find(name);
    if (row == nullptr)
      return fail(EINVAL, "find the system call", std::string(name));
    if (std::ranges::find(seen_, row) != seen_.end())
      return fail(EINVAL, "list a system call once", std::string(name));
    seen_.push_back(row);
    return row->number_on(arch_);
  }

private:
  syscall::arch arch_;
  std::vector<const syscall::row*> seen_;
};

} // namespace

bool traps(const policy_filter_spec& spec) {
  return !trapped_numbers(spec).empty();
}

std::vector<int> trapped_numbers(const policy_filter_spec& spec,
                                 syscall::arch arch) {
  std::vector<int> numbers;
  const auto add = [&](std::string_view name) {
    const auto* const row = syscall::find(name);
    if (row != nullptr && row->number_on(arch) != syscall::absent)
      numbers.push_back(row->number_on(arch));
  };
  const auto has_trap = [](const syscall::argument_rules& rules) {
    return rules.otherwise == syscall::trap
           || std::ranges::any_of(rules.clauses, [](const auto& clause) {
                return clause.then == syscall::trap;
              });
  };
  for (const auto& denial : spec.denied)
    if (denial.error == syscall::trap)
      add(denial.syscall);
  for (const auto& rules : spec.rules)
    if (has_trap(rules))
      add(rules.syscall);
  return numbers;
}

result<program> compile(const policy_filter_spec& spec, syscall::arch arch) {
  program made;
  if (spec.denied.empty() && spec.rules.empty())
    return made;
  number_book book{arch};
  std::vector<block> blocks;
  for (const auto& rules : spec.rules) {
    const auto number = book.number_of(rules.syscall);
    if (!number)
      return tl::make_unexpected(number.error());
    if (*number != syscall::absent)
      blocks.push_back(rules_block(*number, rules));
  }
  for (const auto& denial : spec.denied) {
    const auto number = book.number_of(denial.syscall);
    if (!number)
      return tl::make_unexpected(number.error());
    if (*number != syscall::absent)
      blocks.push_back(answer_block(*number, action_of(denial.error)));
  }
  append_prologue(made, syscall::audit_arch(arch));
  append_dispatch(made, std::move(blocks));
  append_return(made, SECCOMP_RET_ALLOW);
  if (made.size() > BPF_MAXINSNS)
    return fail(E2BIG, "compile the policy filter");
  return made;
}

} // namespace cordon::seccomp
