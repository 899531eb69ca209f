// Rules over register arguments, as data: compiled to BPF by
// core/seccomp/assembler.hpp and printed into docs/syscalls.md.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace cordon::syscall {

/// One test of one argument. The kernel truncates `int` arguments to 32 bits,
/// so most tests look at the low half only; those about pointers look at
/// both.
struct argument_test {
  enum class kind : std::uint8_t {
    equals,   ///< low32(arg) == value
    masked,   ///< (low32(arg) & mask) == value
    any_bits, ///< (low32(arg) & mask) != 0
    is_null,  ///< all 64 bits are 0
    not_null, ///< some of the 64 bits are 1
    is_low,   ///< the upper 32 bits are 0
  };
  kind what;
  std::uint8_t argument; ///< 0…5
  std::uint32_t mask;
  std::uint32_t value;
};

/// What a rule answers: 0 lets the kernel run the call, `trap` asks the
/// supervisor, anything else is an errno.
using outcome = std::int16_t;

/// The call waits for the supervisor's answer. In policy filters only.
inline constexpr outcome trap = -1;

/// If all tests hold, the answer is `then`.
struct argument_clause {
  std::vector<argument_test> when;
  outcome then;
};

/// The rules of one call: the first clause that holds answers, else
/// `otherwise`.
struct argument_rules {
  std::string_view syscall;
  std::vector<argument_clause> clauses;
  outcome otherwise;
};

/// The always-on rules: one entry for every `treatment::check` row.
[[nodiscard]] std::span<const argument_rules> constant_rules();

/// The always-on rules of one call, or nullptr.
[[nodiscard]] const argument_rules* find_rules(std::string_view syscall);

/// Rules over calls that a supervisor carries out: the errnos are for runs
/// without one. They are part of every policy's filter.
[[nodiscard]] std::span<const argument_rules> answerable_rules();

/// The same of one call, or nullptr.
[[nodiscard]] const argument_rules* find_answerable(std::string_view syscall);

/// Rules that keep AF_UNIX datagrams out: part of every policy's filter that
/// does not open `group::unix_datagram`.
[[nodiscard]] std::span<const argument_rules> datagram_rules();

/// The same of one call, or nullptr.
[[nodiscard]] const argument_rules* find_datagram_rules(std::string_view name);

/// `rules` with a trap where they refuse.
[[nodiscard]] argument_rules trapping(argument_rules rules);

/// The plain model: what `rules` answer for `args`.
[[nodiscard]] outcome evaluate(const argument_rules& rules,
                               std::span<const std::uint64_t, 6> args) noexcept;

// Short spellings for tables.
[[nodiscard]] constexpr argument_test equals(std::uint8_t argument,
                                             std::uint32_t value) {
  return {argument_test::kind::equals, argument, 0xFFFFFFFFU, value};
}
[[nodiscard]] constexpr argument_test
masked(std::uint8_t argument, std::uint32_t mask, std::uint32_t value) {
  return {argument_test::kind::masked, argument, mask, value};
}
[[nodiscard]] constexpr argument_test any_bits(std::uint8_t argument,
                                               std::uint32_t mask) {
  return {argument_test::kind::any_bits, argument, mask, 0};
}
[[nodiscard]] constexpr argument_test is_low(std::uint8_t argument) {
  return {argument_test::kind::is_low, argument, 0, 0};
}
[[nodiscard]] constexpr argument_test not_null(std::uint8_t argument) {
  return {argument_test::kind::not_null, argument, 0, 0};
}

} // namespace cordon::syscall
