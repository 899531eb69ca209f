// The words of a command line before CLI11 sees them: where the options end,
// and what is wrong with them in one line of ours.
#pragma once

#include "cli/run_options.hpp"
#include "policy/issue.hpp"

#include <cstddef>
#include <vector>

namespace cordon::cli {

struct option_row;

/// The part of a command line that is options.
struct option_words {
  /// How many words that is. What follows is the command (or "--" and the
  /// command), whose own options CLI11 would take.
  std::size_t count = 0;
  /// The rows they name, in the order written. Declaring just these to CLI11
  /// takes a tenth of the time that all of them would.
  std::vector<const option_row*> used;
  bool help = false; ///< --help is among them
};

/// Rejects options that do not exist, lack their value or take none.
[[nodiscard]] policy::checked<option_words> find_options(const arguments& words,
                                                         option_scope scope);

} // namespace cordon::cli
