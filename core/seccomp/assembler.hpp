// Argument rules to BPF.
//
// libseccomp compares all 64 bits of an argument and has no "otherwise", so a
// rule such as "this int is not 0" cannot be said exactly with it; the rules
// over arguments are assembled here, the table of numbers by libseccomp.
#pragma once

#include "core/seccomp/program.hpp"
#include "core/syscall/argument_rules.hpp"

#include <cstdint>
#include <vector>

namespace cordon::seccomp {

/// SECCOMP_RET_ALLOW for 0, SECCOMP_RET_USER_NOTIF for `trap`, else
/// SECCOMP_RET_ERRNO with the errno.
[[nodiscard]] std::uint32_t action_of(syscall::outcome answer) noexcept;

/// Appends "load the architecture; if it is not `arch_token`, or the number
/// has the x32 bit: ENOSYS". Afterwards the accumulator holds the number.
void append_prologue(program& to, std::uint32_t arch_token);

/// For append_range: the range goes up to the highest number there is.
inline constexpr int no_end = -1;

/// Appends "if first <= number < end: answer `action`".
/// Precondition: the accumulator holds the number. It still does afterwards.
void append_range(program& to, int first, int end, std::uint32_t action);

/// What is done for one number: instructions that end in a return.
struct block {
  int number;
  program code;
};

/// A block that answers `action`.
[[nodiscard]] block answer_block(int number, std::uint32_t action);

/// A block that decides by `rules`; at most 255 instructions a clause.
[[nodiscard]] block rules_block(int number,
                                const syscall::argument_rules& rules);

/// Appends a binary search for the number among `blocks`, each number at most
/// once. A number that is not among them goes on after the search.
/// Precondition: the accumulator holds the number. It still does afterwards.
void append_dispatch(program& to, std::vector<block> blocks);

/// Appends an unconditional answer.
void append_return(program& to, std::uint32_t action);

} // namespace cordon::seccomp
