// Calls that an embedding program wants to answer itself.
#pragma once

#include "core/seccomp/policy_filter.hpp"
#include "core/syscall/operations.hpp"
#include "policy/issue.hpp"

#include <span>
#include <variant>
#include <vector>

namespace cordon::policy {

/// An operation of the table, with all its spellings, or the number of a call
/// that belongs to none.
using handled_call = std::variant<syscall::operation, int>;

/// Has `wanted` trapped by `filter`. Returns the numbers that nothing else
/// traps: the kernel would run them as they are, so a handler may let it.
///
/// Rejected, each with its own reason: a negative number; one that no call has;
/// one of an operation (which is to be asked for instead); a call that is
/// denied, always or by this policy; one that is never trapped
/// (core/syscall/never_trapped.hpp); ptrace(2), which the listener answers.
[[nodiscard]] checked<std::vector<int>>
trap_handled(seccomp::policy_filter_spec& filter,
             std::span<const handled_call> wanted);

} // namespace cordon::policy
