// The policy's part of the filter: what Landlock does not see, and what stands
// in where a kernel's Landlock lacks a right.
#pragma once

#include "core/seccomp/policy_filter.hpp"
#include "policy/plan.hpp"

namespace cordon::policy {

/// The filter for `p`, given what became of the protections in `made`.
[[nodiscard]] seccomp::policy_filter_spec
make_filter(const profile& p, const plan& made, run_kind kind);

/// What a filter needs that traps anything at all. Once.
void add_answering_rules(seccomp::policy_filter_spec& to);

} // namespace cordon::policy
