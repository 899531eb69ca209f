// The words of a command line before CLI11 sees them: where the options end,
// and what is wrong with them in one line of ours.
#pragma once

#include "cli/run_options.hpp"
#include "policy/issue.hpp"

#include <cstddef>

namespace cordon::cli {

/// How many of `words` are options and their values. What follows is the
/// command (or "--" and the command), whose own options CLI11 would take.
/// Rejects options that do not exist, lack their value or take none.
[[nodiscard]] policy::checked<std::size_t>
end_of_options(const arguments& words, option_scope scope);

} // namespace cordon::cli
