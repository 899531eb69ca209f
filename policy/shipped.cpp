#include "policy/shipped.hpp"

#include <algorithm>
#include <iterator>

namespace cordon::policy {
namespace {

// Raw strings of policy/profiles/*.toml, made by the build.
constexpr shipped_profile all[] = {
#include "shipped_profiles.inc"
};

} // namespace

std::span<const shipped_profile> shipped_profiles() noexcept {
  return all;
}

const shipped_profile* find_shipped(std::string_view name) noexcept {
  const auto found = std::ranges::find(all, name, &shipped_profile::name);
  return found == std::end(all) ? nullptr : found;
}

} // namespace cordon::policy
