#include "policy/handled_calls.hpp"

#include "core/syscall/never_trapped.hpp"
#include "core/syscall/table.hpp"

#include <algorithm>
#include <string>

namespace cordon::policy {
namespace {

using seccomp::policy_filter_spec;
using syscall::operation;

std::string quoted(std::string_view name) {
  return "handler of " + std::string(name);
}

/// What the filter does with a call before any handler is asked.
enum class fate : std::uint8_t { allowed, trapped, denied };

fate fate_of(const policy_filter_spec& filter, const syscall::row& call) {
  using enum syscall::treatment;
  if (call.what == deny || call.what == unfilterable)
    return fate::denied;
  for (const auto& each : filter.denied)
    if (each.syscall == call.name)
      return each.error == syscall::trap ? fate::trapped : fate::denied;
  for (const auto& rules : filter.rules) {
    if (rules.syscall != call.name)
      continue;
    if (rules.otherwise != 0 && rules.otherwise != syscall::trap)
      return fate::denied;
    const auto traps = [](const auto& c) { return c.then == syscall::trap; };
    if (rules.otherwise == syscall::trap
        || std::ranges::any_of(rules.clauses, traps))
      return fate::trapped;
  }
  return fate::allowed;
}

/// Traps what was allowed; argument rules that deny keep their say.
void have_trapped(policy_filter_spec& filter, const syscall::row& call) {
  for (auto& rules : filter.rules)
    if (rules.syscall == call.name) {
      rules.otherwise = syscall::trap;
      return;
    }
  // A new thread is no new process, and is never trapped.
  constexpr std::uint32_t clone_thread = 0x10000;
  if (call.name == "clone")
    filter.rules.push_back(
        {"clone", {{{syscall::any_bits(0, clone_thread)}, 0}}, syscall::trap});
  else
    filter.denied.push_back({std::string(call.name), syscall::trap});
}

checked<void> add(policy_filter_spec& filter, const syscall::row& call,
                  std::vector<int>& free) {
  if (const auto why = syscall::why_never_trapped(call.name); !why.empty())
    return reject(quoted(call.name),
                  "this call is never trapped: it " + std::string(why));
  switch (fate_of(filter, call)) {
  case fate::denied:
    return reject(quoted(call.name),
                  "this call is denied, and a handler could not change that");
  case fate::trapped:
    return {};
  case fate::allowed:
    have_trapped(filter, call);
    free.push_back(call.number_on(syscall::native));
    return {};
  }
  return {};
}

checked<void> add_operation(policy_filter_spec& filter, operation op,
                            std::vector<int>& free) {
  if (op == operation::trace || op == operation::raw)
    return reject(quoted(syscall::name_of(op)),
                  "expected an operation that handlers may answer");
  bool found = false;
  for (const auto& row : syscall::trap_rows()) {
    const auto* const call = syscall::find(row.syscall);
    if (row.op != op || call == nullptr
        || call->number_on(syscall::native) == syscall::absent)
      continue;
    // One spelling that is denied does not stand in the way of the others.
    if (fate_of(filter, *call) == fate::denied)
      continue;
    found = true;
    if (auto added = add(filter, *call, free); !added)
      return added;
  }
  if (!found)
    return reject(quoted(syscall::name_of(op)),
                  "every call of this operation is denied");
  return {};
}

checked<void> add_number(policy_filter_spec& filter, int number,
                         std::vector<int>& free) {
  const auto name = "number " + std::to_string(number);
  if (number < 0)
    return reject(quoted(name), "expected a number from 0 on");
  const auto* const call = syscall::find(syscall::native, number);
  if (call == nullptr)
    return reject(quoted(name), "no system call has this number");
  if (const auto* const row = syscall::find_trap(call->name))
    return reject(quoted(call->name),
                  "expected its operation, "
                      + std::string(syscall::name_of(row->op)));
  return add(filter, *call, free);
}

} // namespace

checked<std::vector<int>> trap_handled(policy_filter_spec& filter,
                                       std::span<const handled_call> wanted) {
  std::vector<int> free;
  for (const auto& each : wanted) {
    const auto* const op = std::get_if<operation>(&each);
    const auto added = op != nullptr
                           ? add_operation(filter, *op, free)
                           : add_number(filter, std::get<int>(each), free);
    if (!added)
      return tl::make_unexpected(added.error());
  }
  return free;
}

} // namespace cordon::policy
