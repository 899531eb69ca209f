// What a run says before it starts.
#pragma once

#include "policy/plan.hpp"

namespace cordon::cli {

/// Protections that the run has to do without (one warning each; those that a
/// stricter filter replaces are told with -v), grants that show the host's
/// processes or interfaces, and with -vv the plan.
void tell_before(const policy::profile& p, const policy::plan& made,
                 int verbosity);

/// Whether a grant on `path` shows /proc or /sys: it lies in one of them, or
/// is the root of all.
[[nodiscard]] bool shows_host(const std::string& path);

} // namespace cordon::cli
