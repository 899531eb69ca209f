// TOML to builder calls.
#pragma once

#include "policy/issue.hpp"
#include "policy/profile_builder.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace cordon::policy {

/// The text of a profile that another one includes by name.
using profile_source
    = std::function<checked<std::string>(const std::string& name)>;

/// Feeds the TOML `text` to `builder`. `file` is what errors show in
/// "file:line:column: key: …". `find` resolves `include = ["base"]`; includes
/// come first, nest at most 8 deep and may not form a cycle.
/// docs/profile-format.md describes the keys. Unknown sections and keys, and
/// values of the wrong type, are errors.
[[nodiscard]] checked<profile_builder>
parse_profile(profile_builder builder, std::string_view text,
              const std::string& file, const profile_source& find);

} // namespace cordon::policy
