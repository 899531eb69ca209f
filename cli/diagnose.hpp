// Why a program did not start, in terms of the grants that are missing.
#pragma once

#include "cli/prepare.hpp"

#include <optional>
#include <string>

namespace cordon::cli {

/// "cannot execute the program: name: Permission denied".
[[nodiscard]] std::string failure_line(const process::ending& end,
                                       const prepared_run& run);

/// The first grant that was missing, with the option that gives it: the
/// program, its interpreter or loader, a library's directory, the working
/// directory; or the interpreter or loader that does not exist. Nothing when
/// the program ran, or when neither is the reason.
[[nodiscard]] std::optional<std::string>
first_missing_grant(const process::ending& end, const prepared_run& run,
                    const policy::profile& profile);

} // namespace cordon::cli
