// A whole ruleset as data, and what makes it real.
#pragma once

#include "core/landlock/ruleset.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace cordon::landlock {

struct path_rule {
  std::string path;
  std::uint64_t access = 0; ///< fs bits, within what is handled
  bool must_exist = true;
  std::string from; ///< where it was written, for messages
};

struct port_rule {
  std::uint16_t port = 0;
  std::uint64_t access = 0; ///< net bits, within what is handled
  std::string from;
};

/// Why a ruleset could not be made.
struct rule_error {
  error why;
  std::string from; ///< of the rule; empty: the ruleset itself
};

/// Creates the ruleset and adds all rules. A path that must exist and does
/// not is an error; others are skipped.
[[nodiscard]] tl::expected<unique_fd, rule_error>
build_ruleset(const handled& what, int abi, std::span<const path_rule> paths,
              std::span<const port_rule> ports);

} // namespace cordon::landlock
