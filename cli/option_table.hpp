// One row an option: how it is spelt, what it does to the builder.
#pragma once

#include "cli/run_options.hpp"

#include <span>
#include <string>

namespace cordon::cli {

/// What an option's setter may change.
struct parsing {
  policy::profile_builder builder;
  run_options options;
};

struct option_row {
  const char* names;    ///< as CLI11 takes them: "-r,--fs-read"
  const char* argument; ///< what the help calls it; nullptr for a switch
  bool policy;          ///< makes a policy, so `explain` takes it too
  const char* help;
  /// Called once for each value ("" for a switch). `where` is the long name.
  void (*set)(parsing& to, const std::string& value, const std::string& where);
};

/// All rows but --profile and --profile-file, which come before the others.
[[nodiscard]] std::span<const option_row> option_table();

/// The long name of a row: "--fs-read".
[[nodiscard]] std::string long_name(const char* names);

} // namespace cordon::cli
