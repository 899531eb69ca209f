// Argument rules in words, for list-syscalls, docs and explanations.
#pragma once

#include "core/syscall/argument_rules.hpp"

#include <string>

namespace cordon::syscall {

/// "EPERM", "EACCES", …; "errno N" for one without a name.
[[nodiscard]] std::string errno_name(int error);

/// "arg1 = 0x5412: EPERM; …; otherwise: allow". Neighbouring clauses with one
/// test of the same argument and the same answer are joined.
[[nodiscard]] std::string describe(const argument_rules& rules);

} // namespace cordon::syscall
