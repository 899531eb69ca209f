// The options of `run`, which `explain` shares as far as they make a policy.
#pragma once

#include "cli/app.hpp"
#include "policy/profile_builder.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cordon::cli {

/// A parsed command line.
struct run_options {
  policy::profile_ptr profile;
  bool supervised = true;
  int verbosity = 0;
  std::optional<int> status_fd;
  std::optional<std::string> shell_command; ///< --exec-shell
  std::string name;                         ///< empty: none given
  std::string audit_file;                   ///< empty: none
  arguments command; ///< everything from the first word that is no option
};

/// A command line that ends the program at once: help was printed, or the
/// input was bad.
struct finished {
  int status;
};

/// Which options are accepted.
enum class option_scope {
  run,     ///< all
  explain, ///< those that make a policy, and -v
};

/// Parses `words`. Profiles come first, then the options in the order written;
/// lists append, scalars override. Bad input has been reported.
[[nodiscard]] std::variant<run_options, finished>
parse_run_options(const arguments& words, option_scope scope);

} // namespace cordon::cli
