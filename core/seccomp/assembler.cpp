#include "core/seccomp/assembler.hpp"

#include <linux/seccomp.h>

#include <cerrno>
#include <cstddef>

namespace cordon::seccomp {
namespace {

using syscall::argument_test;

constexpr std::uint32_t x32_bit = 0x40000000;

constexpr sock_filter statement(std::uint16_t code, std::uint32_t k) {
  return {code, 0, 0, k};
}

constexpr sock_filter load(std::size_t offset) {
  return statement(BPF_LD | BPF_W | BPF_ABS,
                   static_cast<std::uint32_t>(offset));
}

constexpr sock_filter jump(std::uint16_t code, std::uint32_t k, std::size_t yes,
                           std::size_t no) {
  return {static_cast<std::uint16_t>(BPF_JMP | code | BPF_K),
          static_cast<std::uint8_t>(yes), static_cast<std::uint8_t>(no), k};
}

/// Offset of the low half of an argument; both supported architectures are
/// little-endian.
constexpr std::size_t low_half(std::uint8_t argument) {
  return offsetof(seccomp_data, args) + argument * sizeof(std::uint64_t);
}

/// Instructions that one test takes.
constexpr std::size_t length(const argument_test& test) {
  using kind = argument_test::kind;
  switch (test.what) {
  case kind::equals:
  case kind::any_bits:
    return 2;
  case kind::masked:
    return 3;
  case kind::is_null:
  case kind::not_null:
    return 4;
  }
  return 0;
}

/// Appends one test: falls through when it holds, else jumps over `rest`
/// further instructions.
void append_test(program& to, const argument_test& test, std::size_t rest) {
  using kind = argument_test::kind;
  const auto low = load(low_half(test.argument));
  const auto high = load(low_half(test.argument) + 4);
  switch (test.what) {
  case kind::equals:
    to.insert(to.end(), {low, jump(BPF_JEQ, test.value, 0, rest)});
    return;
  case kind::any_bits:
    to.insert(to.end(), {low, jump(BPF_JSET, test.mask, 0, rest)});
    return;
  case kind::masked:
    to.insert(to.end(), {low, statement(BPF_ALU | BPF_AND | BPF_K, test.mask),
                         jump(BPF_JEQ, test.value, 0, rest)});
    return;
  case kind::is_null:
    to.insert(to.end(), {low, jump(BPF_JEQ, 0, 0, rest + 2), high,
                         jump(BPF_JEQ, 0, 0, rest)});
    return;
  case kind::not_null:
    to.insert(to.end(),
              {low, jump(BPF_JEQ, 0, 0, 2), high, jump(BPF_JEQ, 0, rest, 0)});
    return;
  }
}

void append_clause(program& to, const syscall::argument_clause& clause) {
  std::size_t rest = 1; // the return
  for (const auto& test : clause.when)
    rest += length(test);
  for (const auto& test : clause.when) {
    rest -= length(test);
    append_test(to, test, rest);
  }
  append_return(to, action_of(clause.then));
}

} // namespace

std::uint32_t action_of(syscall::outcome answer) noexcept {
  return answer == 0 ? static_cast<std::uint32_t>(SECCOMP_RET_ALLOW)
                     : SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(answer);
}

void append_prologue(program& to, std::uint32_t arch_token) {
  const auto no_such_call = action_of(ENOSYS);
  to.insert(to.end(), {
                          load(offsetof(seccomp_data, arch)),
                          jump(BPF_JEQ, arch_token, 1, 0),
                          statement(BPF_RET | BPF_K, no_such_call),
                          load(offsetof(seccomp_data, nr)),
                          jump(BPF_JSET, x32_bit, 0, 1),
                          statement(BPF_RET | BPF_K, no_such_call),
                      });
}

void append_answer(program& to, int number, std::uint32_t action) {
  to.insert(to.end(),
            {
                jump(BPF_JEQ, static_cast<std::uint32_t>(number), 0, 1),
                statement(BPF_RET | BPF_K, action),
            });
}

void append_rules(program& to, int number,
                  const syscall::argument_rules& rules) {
  // The block may be longer than a conditional jump reaches (255), so the
  // jump over it is an unconditional one, whose offset has 32 bits.
  to.insert(to.end(), {jump(BPF_JEQ, static_cast<std::uint32_t>(number), 1, 0),
                       statement(BPF_JMP | BPF_JA, 0)});
  const auto over = to.size() - 1;
  for (const auto& clause : rules.clauses)
    append_clause(to, clause);
  append_return(to, action_of(rules.otherwise));
  to[over].k = static_cast<std::uint32_t>(to.size() - over - 1);
}

void append_return(program& to, std::uint32_t action) {
  to.push_back(statement(BPF_RET | BPF_K, action));
}

} // namespace cordon::seccomp
