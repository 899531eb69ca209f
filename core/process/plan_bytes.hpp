// A launch, laid out as the bytes the keeper maps.
#pragma once

#include "core/base/result.hpp"
#include "core/process/launch.hpp"

#include <vector>

namespace cordon::process {

/// Errors: EINVAL for a NUL byte in a string, no candidate or no argv; E2BIG
/// for more strings, fds or CPUs than the plan can carry.
[[nodiscard]] result<std::vector<char>> plan_bytes(const launch& what);

} // namespace cordon::process
