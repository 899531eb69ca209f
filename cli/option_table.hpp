// One row an option: how it is spelt, what it does to the builder.
#pragma once

#include "cli/run_options.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cordon::cli {

/// What an option's setter may change.
struct parsing {
  policy::profile_builder builder;
  run_options options;
  std::vector<std::string> profiles;      ///< --profile
  std::vector<std::string> profile_files; ///< --profile-file
};

/// Where the help lists an option, and when it is set.
enum class option_group : std::uint8_t {
  profile, ///< set before all others, which add to it
  grants,
  protections,
  program,
  limits,
  reporting,
};

struct option_row {
  const char* names;    ///< as CLI11 takes them: "-r,--fs-read"
  const char* argument; ///< what the help calls it; nullptr for a switch
  option_group group;
  bool policy; ///< makes a policy, so `explain` takes it too
  const char* help;
  /// Called once for each value ("" for a switch). `where` is the long name.
  void (*set)(parsing& to, const std::string& value, const std::string& where);
};

[[nodiscard]] std::span<const option_row> option_table();

/// "Profile", "Grants", …: the heading of the help.
[[nodiscard]] const char* heading_of(option_group group);

/// Whether a command takes the option.
[[nodiscard]] bool in_scope(const option_row& row, option_scope scope);

/// The long name of a row: "--fs-read".
[[nodiscard]] std::string_view long_name(const option_row& row);

/// The letter of a row, 0 when it has none.
[[nodiscard]] char short_name(const option_row& row);

} // namespace cordon::cli
