// A profile made ready for any number of runs.
//
// Compiling costs about as much as starting a program; a service compiles each
// of its profiles once. What is kept of Landlock is the rulesets: a ruleset can
// be enforced as often as one likes. The granted paths are looked up once, when
// the plan is compiled: a file that takes a granted path's place later is not
// granted.
#pragma once

#include "core/base/unique_fd.hpp"
#include "core/process/launch.hpp"
#include "core/seccomp/program.hpp"
#include "policy/handled_calls.hpp"
#include "policy/issue.hpp"
#include "policy/plan.hpp"

#include <memory>
#include <string>
#include <vector>

namespace cordon::policy {

/// Immutable; shared by all runs and threads that use it.
struct compiled_plan {
  profile_ptr source;
  policy::plan plan;
  seccomp::program filter;
  std::vector<int> trapped; ///< numbers of calls that may be trapped
  unique_fd ruleset;
  unique_fd lane_ruleset; ///< empty when nothing is trapped
  std::string keeper;     ///< the keeper's path
  /// What handlers of the embedding program answer, and which of these calls
  /// the kernel would run as they are.
  std::vector<handled_call> handled;
  std::vector<int> passable;

  [[nodiscard]] bool traps() const noexcept {
    return !trapped.empty();
  }
};

using compiled_plan_ptr = std::shared_ptr<const compiled_plan>;

/// Compiles `p` for this kernel. `keeper`: path of the keeper; empty: look for
/// it. `handled`: the calls that handlers of the runs will answer (see
/// trap_handled). The issue names the option that is to blame, or what could
/// not be done.
[[nodiscard]] checked<compiled_plan_ptr>
compile(profile_ptr p, std::string keeper = {},
        std::vector<handled_call> handled = {});

/// A launch under `from`, with everything but the program: argv, environment,
/// streams. EMFILE when there are no fds left.
[[nodiscard]] result<process::launch> make_launch(const compiled_plan& from);

} // namespace cordon::policy
