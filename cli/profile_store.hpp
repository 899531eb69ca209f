// Profiles by name: the user's own files, then those that are shipped.
#pragma once

#include "core/base/result.hpp"
#include "policy/issue.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cordon::cli {

/// `${XDG_CONFIG_HOME:-~/.config}/cordon/profiles`; empty when neither
/// variable is set.
[[nodiscard]] std::string profile_directory();

/// The text of a profile. `where` is the option that named it.
[[nodiscard]] policy::checked<std::string>
load_profile(const std::string& name, const std::string& where);

/// A whole file, at most 1 MiB (EFBIG); "-" is stdin.
[[nodiscard]] result<std::string> read_file(const std::string& path);

struct stored_profile {
  std::string name;
  bool shipped = false;
  bool own = false; ///< both: the user's file goes before the shipped one
};

/// All names, sorted.
[[nodiscard]] std::vector<stored_profile> list_profiles();

/// Writes a profile: complete under its name or not at all, mode 0600.
result<void> save_profile(const std::string& name, std::string_view text);

/// Removes the user's file of that name. ENOENT when there is none.
result<void> delete_profile(const std::string& name);

} // namespace cordon::cli
