// The policy's own small filter (filter b), compiled at start.
//
// It is installed before the constant filter (filter a). The kernel takes the
// strictest answer of the two, so nothing here can open what the constant
// filter refuses.
#pragma once

#include "core/base/result.hpp"
#include "core/seccomp/program.hpp"
#include "core/syscall/argument_rules.hpp"
#include "core/syscall/table.hpp"

#include <string>
#include <vector>

namespace cordon::seccomp {

/// What a policy refuses beyond the constant filter.
struct policy_filter_spec {
  /// A call that is refused, or trapped, whatever its arguments.
  struct denial {
    std::string syscall;
    syscall::outcome error;
  };
  std::vector<denial> denied;
  /// Argument rules of this policy; at most one entry a call, and no call that
  /// is denied as well.
  std::vector<syscall::argument_rules> rules;
};

/// Whether some call of `spec` is trapped: then it needs a listener.
[[nodiscard]] bool traps(const policy_filter_spec& spec);

/// The numbers of the calls that `spec` may trap.
[[nodiscard]] std::vector<int> trapped_numbers(const policy_filter_spec& spec,
                                               syscall::arch arch
                                               = syscall::native);

/// Compiles `spec`; an empty spec gives an empty program (nothing to install).
/// Fails with EINVAL for an unknown name or one listed twice, E2BIG over 4096
/// instructions. Calls the architecture lacks are left out.
[[nodiscard]] result<program> compile(const policy_filter_spec& spec,
                                      syscall::arch arch = syscall::native);

} // namespace cordon::seccomp
