#include "core/landlock/rules.hpp"

namespace cordon::landlock {

tl::expected<unique_fd, rule_error>
build_ruleset(const handled& what, int abi, std::span<const path_rule> paths,
              std::span<const port_rule> ports) {
  auto made = ruleset::create(what, abi);
  if (!made)
    return tl::make_unexpected(rule_error{made.error(), {}});
  for (const auto& rule : paths) {
    const auto added = made->allow_path(rule.path, rule.access);
    if (!added && (rule.must_exist || added.error().code != ENOENT))
      return tl::make_unexpected(rule_error{added.error(), rule.from});
  }
  for (const auto& rule : ports)
    if (const auto added = made->allow_port(rule.port, rule.access); !added)
      return tl::make_unexpected(rule_error{added.error(), rule.from});
  return std::move(*made).take();
}

} // namespace cordon::landlock
