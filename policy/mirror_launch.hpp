// What a mirror changes about how a run starts.
#pragma once

#include "core/process/launch.hpp"
#include "policy/mirror.hpp"
#include "policy/plan.hpp"

#include <string>
#include <vector>

namespace cordon::policy {

/// Looks for the program and the directory it starts in through the mirror, and
/// gives `to` the names to try, the directory as an fd, a Landlock ruleset that
/// lets the stub be run and nothing else, and one for the lane. Expects argv,
/// env and stub in `to`.
/// `directory`: in the view. Rejects a program or directory that is not there
/// or not granted, naming the option that would help.
[[nodiscard]] checked<void>
start_in_mirror(process::launch& to, const plan& made, const mirror& in,
                const std::string& directory,
                const std::vector<std::string>& own_programs,
                const std::string& run_directory = {});

/// The directory a run starts in: `program.cwd`, else "/" of its own root, else
/// the caller's.
[[nodiscard]] std::string directory_in_mirror(const profile& p,
                                              const std::string& cwd);

} // namespace cordon::policy
