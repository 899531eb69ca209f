// Argument rules to BPF.
//
// libseccomp compares all 64 bits of an argument and has no "otherwise", so a
// rule such as "this int is not 0" cannot be said exactly with it; the rules
// over arguments are assembled here, the table of numbers by libseccomp.
#pragma once

#include "core/seccomp/program.hpp"
#include "core/syscall/argument_rules.hpp"

#include <cstdint>

namespace cordon::seccomp {

/// SECCOMP_RET_ERRNO with `error`, or SECCOMP_RET_ALLOW for 0.
[[nodiscard]] std::uint32_t action_of(syscall::outcome answer) noexcept;

/// Appends "load the architecture; if it is not `arch_token`, or the number
/// has the x32 bit: ENOSYS". Afterwards the accumulator holds the number.
void append_prologue(program& to, std::uint32_t arch_token);

/// Appends "if the number is `number`: answer `action`".
/// Precondition: the accumulator holds the number. It still does afterwards.
void append_answer(program& to, int number, std::uint32_t action);

/// Appends "if the number is `number`: decide by `rules`". The block ends in a
/// return, so that the accumulator still holds the number after it.
/// Precondition: the accumulator holds the number; the block is at most 255
/// instructions a clause.
void append_rules(program& to, int number,
                  const syscall::argument_rules& rules);

/// Appends an unconditional answer.
void append_return(program& to, std::uint32_t action);

} // namespace cordon::seccomp
