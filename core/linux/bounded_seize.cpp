#include "core/linux/bounded_seize.hpp"

#include "core/linux/trace.hpp"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <type_traits>

// The kernel restarts the call after any handler. So ours steps over it, which
// needs to know where it is: at `cordon_trace_call`, the one place.
extern "C" {
/// ptrace(2), as the kernel answers it.
long cordon_trace(long request, long tid, long address, long data) noexcept;
extern const char cordon_trace_call[];
extern const char cordon_trace_called[];
void cordon_leave_handler() noexcept;
}

#if defined(__x86_64__)
asm(".pushsection .text\n"
    ".globl cordon_trace\n.type cordon_trace, @function\ncordon_trace:\n"
    " mov %rcx, %r10\n"
    " mov $101, %eax\n" // SYS_ptrace
    ".globl cordon_trace_call\ncordon_trace_call:\n"
    " syscall\n"
    ".globl cordon_trace_called\ncordon_trace_called:\n"
    " ret\n"
    ".globl cordon_leave_handler\n"
    ".type cordon_leave_handler, @function\ncordon_leave_handler:\n"
    " mov $15, %eax\n" // SYS_rt_sigreturn
    " syscall\n"
    ".popsection\n");
static_assert(SYS_ptrace == 101 && SYS_rt_sigreturn == 15);
#elif defined(__aarch64__)
asm(".pushsection .text\n"
    ".globl cordon_trace\n.type cordon_trace, %function\ncordon_trace:\n"
    " mov x8, #117\n" // SYS_ptrace
    ".globl cordon_trace_call\ncordon_trace_call:\n"
    " svc #0\n"
    ".globl cordon_trace_called\ncordon_trace_called:\n"
    " ret\n"
    ".globl cordon_leave_handler\n"
    ".type cordon_leave_handler, %function\ncordon_leave_handler:\n"
    " mov x8, #139\n" // SYS_rt_sigreturn
    " svc #0\n"
    ".popsection\n");
static_assert(SYS_ptrace == 117 && SYS_rt_sigreturn == 139);
#endif

namespace cordon::sys {
namespace {

/// Longer than a tick, so that setting the timer reprograms no clock; and again
/// and again, as the first may come before the call has begun.
constexpr long patience_us = 10'000;

void step_over(int, siginfo_t*, void* context) {
  auto& was = static_cast<ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  auto& at = was.gregs[REG_RIP];
  auto& answer = was.gregs[REG_RAX];
#elif defined(__aarch64__)
  auto& at = was.pc;
  auto& answer = was.regs[0];
#endif
  using word = std::remove_reference_t<decltype(at)>;
  if (at != reinterpret_cast<word>(cordon_trace_call))
    return;
  at = reinterpret_cast<word>(cordon_trace_called);
  answer = static_cast<std::remove_reference_t<decltype(answer)>>(-EINTR);
}

/// rt_sigaction(2)'s own layout.
struct kernel_sigaction {
  void (*handler)(int, siginfo_t*, void*);
  unsigned long flags;
  void (*restorer)() noexcept;
  std::uint64_t mask;
};

bool install_handler() noexcept {
  constexpr unsigned long restorer = 0x04000000; // SA_RESTORER
  const kernel_sigaction wanted{step_over, SA_SIGINFO | SA_RESTART | restorer,
                                cordon_leave_handler, 0};
  constexpr std::uint64_t alarm = 1ULL << (SIGALRM - 1);
  return ::syscall(SYS_rt_sigaction, SIGALRM, &wanted, nullptr, sizeof alarm)
             == 0
         && ::syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &alarm, nullptr,
                      sizeof alarm)
                == 0;
}

void set_timer(long us) noexcept {
  const itimerval wanted{{0, us}, {0, us}};
  ::syscall(SYS_setitimer, ITIMER_REAL, &wanted, nullptr);
}

} // namespace

int bounded_seize(pid_t tid, long options) noexcept {
  static bool installed = false;
  installed = installed || install_handler();
  if (!installed)
    return ENOSYS;
  set_timer(patience_us);
  const long answer = cordon_trace(abi::request_seize, tid, 0, options);
  set_timer(0);
  return static_cast<int>(-answer);
}

} // namespace cordon::sys
