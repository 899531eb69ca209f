#include "core/seccomp/interpreter.hpp"

#include <cstring>

namespace cordon::seccomp {
namespace {

constexpr std::uint32_t malformed = SECCOMP_RET_KILL_PROCESS;

/// The word of seccomp_data at `offset`; seccomp takes aligned words only.
bool load_word(const seccomp_data& data, std::uint32_t offset,
               std::uint32_t& to) {
  if (offset % 4 != 0 || offset > sizeof data - 4)
    return false;
  std::memcpy(&to, reinterpret_cast<const char*>(&data) + offset, 4);
  return true;
}

bool condition(std::uint16_t operation, std::uint32_t a, std::uint32_t k) {
  switch (operation) {
  case BPF_JEQ:
    return a == k;
  case BPF_JGT:
    return a > k;
  case BPF_JGE:
    return a >= k;
  default:
    return (a & k) != 0; // BPF_JSET
  }
}

} // namespace

std::uint32_t interpret(std::span<const sock_filter> program,
                        const seccomp_data& data) noexcept {
  std::uint32_t accumulator = 0;
  // Jumps only go forward, so this ends.
  for (std::size_t at = 0; at < program.size(); ++at) {
    const auto& i = program[at];
    switch (i.code) {
    case BPF_LD | BPF_W | BPF_ABS:
      if (!load_word(data, i.k, accumulator))
        return malformed;
      break;
    case BPF_ALU | BPF_AND | BPF_K:
      accumulator &= i.k;
      break;
    case BPF_JMP | BPF_JA:
      at += i.k;
      break;
    case BPF_JMP | BPF_JEQ | BPF_K:
    case BPF_JMP | BPF_JGT | BPF_K:
    case BPF_JMP | BPF_JGE | BPF_K:
    case BPF_JMP | BPF_JSET | BPF_K:
      at += condition(BPF_OP(i.code), accumulator, i.k) ? i.jt : i.jf;
      break;
    case BPF_RET | BPF_K:
      return i.k;
    default:
      return malformed;
    }
  }
  return malformed;
}

std::uint32_t stricter(std::uint32_t older, std::uint32_t newer) noexcept {
  // Actions compare as signed numbers: KILL_PROCESS is the smallest.
  const auto rank = [](std::uint32_t answer) {
    return static_cast<std::int32_t>(answer & SECCOMP_RET_ACTION_FULL);
  };
  return rank(older) < rank(newer) ? older : newer;
}

} // namespace cordon::seccomp
