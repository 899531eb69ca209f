// A profile as the file it could have come from.
#pragma once

#include "policy/profile.hpp"

#include <string>

namespace cordon::policy {

/// TOML that parses to the same profile, with nothing left to include. Bytes
/// that are no UTF-8 cannot be said in TOML and become U+FFFD; a first line
/// tells when that happened.
[[nodiscard]] std::string to_toml(const profile& p);

} // namespace cordon::policy
