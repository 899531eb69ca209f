// What the supervisor's own lane may touch: no more than the run it answers
// for, and what it needs to run itself.
#pragma once

#include "core/base/unique_fd.hpp"
#include "core/sockets/rules.hpp"
#include "policy/plan.hpp"
#include "policy/profile.hpp"

#include <string>
#include <vector>

namespace cordon::policy {

/// The Landlock rules of the thread that starts the keeper, and so of the
/// keeper and the first layer of everything below. Every right that the run
/// has is in it; besides, reading /proc, the system's libraries and
/// `own_programs` (keeper, lane), and removing what lies in `run_directory` and
/// the directory itself (empty: none). What the layer handles is what the plan
/// handles of the file system, TCP connections, and both scopes.
[[nodiscard]] std::vector<path_rule>
lane_rules(const plan& of, const profile& p,
           const std::vector<std::string>& own_programs,
           const std::string& run_directory = {});

/// The same as a ruleset. Opens the paths.
[[nodiscard]] result<unique_fd>
build_lane_ruleset(const plan& of, const profile& p,
                   const std::vector<std::string>& own_programs,
                   const std::string& run_directory = {});

/// What the supervisor grants of sockets.
[[nodiscard]] sockets::rules socket_rules(const profile& p, const plan& of);

/// The same for a run in a mirror, whose rules are `granted`.
[[nodiscard]] result<unique_fd>
build_lane_ruleset(const plan& of, std::vector<path_rule> granted,
                   const std::vector<std::string>& own_programs,
                   const std::string& run_directory = {});

/// The paths of the write grants, for the supervisor's own write rule.
[[nodiscard]] std::vector<std::string> write_paths(const plan& of);

} // namespace cordon::policy
