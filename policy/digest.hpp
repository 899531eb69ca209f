// A number that stands for what a run may do.
#pragma once

#include "policy/plan.hpp"

#include <cstdint>

namespace cordon::policy {

/// The same for plans that the kernel enforces alike, whoever asked for them
/// and in whichever order; another for any other, as far as 64 bits go.
/// (FNV-1a: to recognise a policy, not to prove one.) Stable between versions
/// unless a plan gains something.
[[nodiscard]] std::uint64_t digest(const plan& made);

} // namespace cordon::policy
