// The environment a program gets.
#pragma once

#include "policy/profile.hpp"

#include <string>
#include <vector>

namespace cordon::cli {

/// Ours (unless the profile starts clean), then the profile's variables, then
/// those that tell GPU libraries which devices were granted.
[[nodiscard]] std::vector<std::string>
make_environment(const policy::profile& p);

/// The value of a variable; empty when it is not there.
[[nodiscard]] std::string variable(const std::vector<std::string>& env,
                                   const std::string& name);

} // namespace cordon::cli
