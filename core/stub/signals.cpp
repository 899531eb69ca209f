#include "core/stub/signals.hpp"

#include <signal.h>
#include <ucontext.h>

namespace cordon::stub {
namespace {

constexpr word trap = 1UL << (SIGTRAP - 1);

word change_mask(int how, word which) {
  word was = 0;
  call(__NR_rt_sigprocmask, static_cast<word>(how), address(&which),
       address(&was), sizeof was);
  return was;
}

} // namespace

void block_trap() {
  change_mask(SIG_BLOCK, trap);
}

#if defined(__x86_64__)

// As from a signal handler: rt_sigreturn(2) sets registers and mask at once.
void show_trap(word* stack, word entry) {
  constexpr word user_code = 0x33, user_stack = 0x2b;
  constexpr word interrupts_on = 0x202;
  constexpr word saves_stack_segment = 0x2, strict = 0x4; // uc_flags
  ucontext_t wanted;
  for (word i = 0; i < sizeof wanted; ++i)
    reinterpret_cast<volatile char*>(&wanted)[i] = 0;
  wanted.uc_flags = saves_stack_segment | strict;
  wanted.uc_stack.ss_flags = SS_DISABLE;
  auto& registers = wanted.uc_mcontext.gregs;
  registers[REG_RIP] = static_cast<greg_t>(entry);
  registers[REG_RSP] = static_cast<greg_t>(address(stack));
  registers[REG_EFL] = interrupts_on;
  registers[REG_CSGSFS] = static_cast<greg_t>(user_code | user_stack << 48);
  *reinterpret_cast<word*>(&wanted.uc_sigmask)
      = change_mask(SIG_BLOCK, 0) & ~trap;
  asm volatile("mov %0, %%rsp\n syscall"
               :
               : "r"(&wanted), "a"(__NR_rt_sigreturn)
               : "memory");
  __builtin_unreachable();
}

#else

void show_trap(word*, word) {
  change_mask(SIG_UNBLOCK, trap);
}

#endif

} // namespace cordon::stub
