// The part of a profile that a launch takes over as it is.
#pragma once

#include "core/process/launch.hpp"
#include "policy/profile.hpp"

namespace cordon::policy {

/// Copies working directory, identity, limits and switches of `p` into `to`.
void apply_limits(process::launch& to, const profile& p);

} // namespace cordon::policy
