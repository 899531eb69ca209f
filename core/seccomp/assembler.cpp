#include "core/seccomp/assembler.hpp"

#include <linux/seccomp.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>

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
  case kind::is_low:
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
  case kind::is_low:
    to.insert(to.end(), {high, jump(BPF_JEQ, 0, 0, rest)});
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

/// Jumps over `count` instructions; with 32 bits, unlike conditional jumps.
sock_filter jump_over(std::size_t count) {
  return statement(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(count));
}

void append(program& to, const program& more) {
  to.insert(to.end(), more.begin(), more.end());
}

/// So few and so short that testing one after the other is less code.
bool is_short(std::span<const block> blocks) {
  return blocks.size() <= 3 && std::ranges::all_of(blocks, [](const block& b) {
           return b.code.size() == 1;
         });
}

/// A binary search over `blocks`, which falls out at its end when the number
/// is not there.
program search(std::span<const block> blocks) {
  program made;
  if (is_short(blocks)) {
    for (const auto& [number, code] : blocks) {
      made.push_back(jump(BPF_JEQ, static_cast<std::uint32_t>(number), 0, 1));
      append(made, code);
    }
    return made;
  }
  if (blocks.size() == 1) {
    const auto& [number, code] = blocks.front();
    made.push_back(jump(BPF_JEQ, static_cast<std::uint32_t>(number), 1, 0));
    made.push_back(jump_over(code.size()));
    append(made, code);
    return made;
  }
  const auto middle = blocks.size() / 2;
  auto low = search(blocks.first(middle));
  const auto high = search(blocks.subspan(middle));
  low.push_back(jump_over(high.size()));
  made.push_back(
      jump(BPF_JGE, static_cast<std::uint32_t>(blocks[middle].number), 0, 1));
  made.push_back(jump_over(low.size()));
  append(made, low);
  append(made, high);
  return made;
}

} // namespace

std::uint32_t action_of(syscall::outcome answer) noexcept {
  if (answer == 0)
    return SECCOMP_RET_ALLOW;
  if (answer == syscall::trap)
    return SECCOMP_RET_USER_NOTIF;
  return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(answer);
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

void append_range(program& to, int first, int end, std::uint32_t action) {
  // Unsigned comparison: -1 and its like are above everything.
  if (end != no_end)
    to.push_back(jump(BPF_JGE, static_cast<std::uint32_t>(end), 2, 0));
  to.push_back(jump(BPF_JGE, static_cast<std::uint32_t>(first), 0, 1));
  append_return(to, action);
}

block answer_block(int number, std::uint32_t action) {
  return {number, {statement(BPF_RET | BPF_K, action)}};
}

block rules_block(int number, const syscall::argument_rules& rules) {
  block made{number, {}};
  for (const auto& clause : rules.clauses)
    append_clause(made.code, clause);
  append_return(made.code, action_of(rules.otherwise));
  return made;
}

void append_dispatch(program& to, std::vector<block> blocks) {
  if (blocks.empty())
    return;
  std::ranges::sort(blocks, {}, &block::number);
  const auto code = search(blocks);
  to.insert(to.end(), code.begin(), code.end());
}

void append_return(program& to, std::uint32_t action) {
  to.push_back(statement(BPF_RET | BPF_K, action));
}

} // namespace cordon::seccomp
