// A plan in words, for `explain -v`, `run -vv` and `inspect`.
#pragma once

#include "policy/plan.hpp"

#include <string>
#include <vector>

namespace cordon::policy {

/// One printable line each: the ABI, the protections, rules, refused calls.
[[nodiscard]] std::vector<std::string> describe_plan(const plan& made);

} // namespace cordon::policy
