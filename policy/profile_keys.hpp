// One row a key of a profile file.
#pragma once

#include "policy/profile_builder.hpp"

#include <toml++/toml.h>

#include <optional>
#include <span>
#include <string>

namespace cordon::policy {

/// The values of one section that make sense only together.
struct pending_identity {
  std::optional<std::uint32_t> uid;
  std::optional<std::uint32_t> gid;
  origin from;
};

/// What a key's reader works with.
struct key_reading {
  profile_builder& to;
  const toml::node& value;
  const origin& where; ///< "file:line:column: section.key"
  pending_identity& user;
};

struct key_row {
  const char* section;
  const char* key;
  void (*read)(const key_reading& r);
};

[[nodiscard]] std::span<const key_row> key_table();

/// "read, write, …": the keys of a section, for error lines.
[[nodiscard]] std::string keys_of(std::string_view section);

/// A list of strings, or an issue that names what was found.
[[nodiscard]] checked<std::vector<std::string>>
strings_of(const toml::node& value, const origin& where);

} // namespace cordon::policy
