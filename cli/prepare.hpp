// From options to a launch: everything that can fail before there is a child.
#pragma once

#include "cli/run_options.hpp"
#include "core/process/launch.hpp"
#include "core/status/presence.hpp"
#include "policy/mirror.hpp"
#include "policy/plan.hpp"

#include <optional>

namespace cordon::cli {

/// A run that is ready to start.
struct prepared_run {
  policy::plan plan;
  process::launch launch;
  /// Begun; none when there can be none, or nobody stays behind.
  std::optional<status::presence> presence;
  unique_fd audit; ///< the file of --audit
  /// Of a run in a mirror: what whoever answers for it opens again.
  std::optional<policy::mirror_spec> mirror;
};

/// What went wrong, and the exit status for it.
struct not_prepared {
  int status;
  std::string line;
};

/// Makes the plan, refuses grants over cordon's own places, warns of weak
/// ones, builds the Landlock ruleset and compiles the policy's filter.
[[nodiscard]] tl::expected<prepared_run, not_prepared>
prepare(const run_options& options, const policy::kernel_facts& kernel);

} // namespace cordon::cli
