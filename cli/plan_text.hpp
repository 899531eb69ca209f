// A plan in words, for `explain -v` and `run -vv`.
#pragma once

#include "policy/plan.hpp"

#include <string>
#include <vector>

namespace cordon::cli {

/// One printable line each: the ABI, the protections, rules, refused calls.
[[nodiscard]] std::vector<std::string> describe_plan(const policy::plan& made);

} // namespace cordon::cli
