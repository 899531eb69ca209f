// The profiles that come with the program, embedded from policy/profiles/.
#pragma once

#include <span>
#include <string_view>

namespace cordon::policy {

struct shipped_profile {
  std::string_view name; ///< "base", "python", "build"
  std::string_view text; ///< TOML
};

[[nodiscard]] std::span<const shipped_profile> shipped_profiles() noexcept;

/// By name, or nullptr.
[[nodiscard]] const shipped_profile*
find_shipped(std::string_view name) noexcept;

} // namespace cordon::policy
