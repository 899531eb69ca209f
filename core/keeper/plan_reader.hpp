// Receives a plan and lays it out for the child.
#pragma once

#include "core/process/child_setup.hpp"
#include "core/process/wire.hpp"

namespace cordon::keeper {

/// Everything the keeper was given. Lives until the keeper exits.
struct received {
  const process::wire::plan* plan = nullptr;
  process::prepared child{};
  int supervisor = -1; ///< pidfd
  int ruleset = -1;
  int fds[process::wire::max_fds];
};

/// Reads the greeting from the control socket and maps the plan.
/// Returns 0 or an errno (EPROTO for a plan that does not fit).
int receive_plan(received& to) noexcept;

} // namespace cordon::keeper
