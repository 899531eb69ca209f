// What a profile compiles to on a given kernel.
#pragma once

#include "core/landlock/rules.hpp"
#include "core/seccomp/policy_filter.hpp"
#include "policy/issue.hpp"
#include "policy/profile.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cordon::policy {

/// What the plan needs to know of the kernel.
struct kernel_facts {
  /// 0: no Landlock. Values above landlock::newest_known_abi count as that.
  int landlock_abi = 0;
  /// A filter with a listener can be installed (seccomp::listener_available).
  bool listener = true;
};

/// How the run is made.
enum class run_kind : std::uint8_t {
  supervised,   ///< supervisor and keeper; no second listener inside
  unanswered,   ///< the same where no listener is to be had: nothing is trapped
  unsupervised, ///< --no-supervisor: the wall alone; a cordon may run inside
};

using landlock::path_rule;
using landlock::port_rule;

/// The Landlock ruleset, the policy's filter and what became of the
/// protections. Pure data: making it touches nothing.
struct plan {
  int abi = 0;
  std::uint64_t handled_fs = 0;
  std::uint64_t handled_net = 0;
  std::uint64_t scoped = 0;
  std::vector<path_rule> paths;
  std::vector<port_rule> ports;
  seccomp::policy_filter_spec filter;
  /// Every call about a path is carried out by the supervisor; `paths` is what
  /// the kernel still lets through: nothing, until the program is known.
  bool mirrors = false;
  std::array<protection_status, protection_count> protections{};

  [[nodiscard]] protection_status status(protection what) const noexcept {
    return protections[static_cast<std::size_t>(what)];
  }
};

/// Compiles `p`. Rejects: no Landlock at all; a strict protection that the
/// kernel lacks and nothing stands in for (signal-scope without a supervisor),
/// naming the option that lets the run go on.
[[nodiscard]] checked<plan> make_plan(const profile& p, kernel_facts kernel,
                                      run_kind kind);

} // namespace cordon::policy
