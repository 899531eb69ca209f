#include "core/sockets/courier.hpp"

#include "core/linux/calls.hpp"
#include "core/process/blocked_signals.hpp"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

namespace cordon::sockets {
namespace {

// It has our thread's thread-local storage too, so it must not touch that: no
// errno, no C library, no sanitizer.
#define CORDON_BARE                                                            \
  __attribute__((no_sanitize("thread", "address", "undefined")))

CORDON_BARE inline long bare_call(long number, long a, long b, long c, long d) {
#if defined(__x86_64__)
  register long r10 asm("r10") = d;
  long answer = 0;
  asm volatile("syscall"
               : "=a"(answer)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
               : "rcx", "r11", "memory");
  return answer;
#elif defined(__aarch64__)
  register long x8 asm("x8") = number;
  register long x0 asm("x0") = a;
  register long x1 asm("x1") = b;
  register long x2 asm("x2") = c;
  register long x3 asm("x3") = d;
  asm volatile("svc 0"
               : "+r"(x0)
               : "r"(x8), "r"(x1), "r"(x2), "r"(x3)
               : "memory");
  return x0;
#endif
}

template <class T>
CORDON_BARE long as_register(T* pointer) {
  return reinterpret_cast<long>(pointer);
}

} // namespace

/// The life of the other process.
CORDON_BARE int serve_courier(void* self) {
  auto* const it = static_cast<courier*>(self);
  bare_call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0);
  if (bare_call(SYS_getppid, 0, 0, 0, 0) != it->parent_)
    return 1;
  bare_call(SYS_prctl, PR_SET_NAME, as_register("cordon-courier"), 0, 0);
  while (true) {
    const auto now = __atomic_load_n(&it->turn_, __ATOMIC_ACQUIRE);
    if (now == courier::over)
      return 0;
    if (now != courier::asked) {
      bare_call(SYS_futex, as_register(&it->turn_), FUTEX_WAIT, now, 0);
      continue;
    }
    it->returned_ = bare_call(SYS_sendmsg, it->socket_,
                              as_register(it->message_), it->flags_, 0);
    __atomic_store_n(&it->turn_, courier::done, __ATOMIC_RELEASE);
    bare_call(SYS_futex, as_register(&it->turn_), FUTEX_WAKE, 1, 0);
  }
}

result<std::unique_ptr<courier>> courier::start() {
  std::unique_ptr<courier> made{new courier};
  made->parent_ = ::getpid();
  made->stack_ = std::make_unique<std::byte[]>(stack_size);
  const process::blocked_signals during;
  // No exit signal: nobody who waits for children of another kind sees it.
  made->pid_ = ::clone(serve_courier, made->stack_.get() + stack_size,
                       CLONE_VM | CLONE_FILES, made.get());
  if (made->pid_ < 0) {
    made->dead_ = true;
    return fail_errno("start a process that sends");
  }
  return made;
}

courier::~courier() {
  __atomic_store_n(&turn_, over, __ATOMIC_RELEASE);
  sys::futex_wake(&turn_);
  if (!dead_)
    while (::waitpid(pid_, nullptr, __WALL) < 0 && errno == EINTR)
      ;
}

bool courier::is_dead() const {
  const std::lock_guard guard{lock_};
  dead_ = dead_ || ::waitpid(pid_, nullptr, WNOHANG | __WALL) != 0;
  return dead_;
}

std::int64_t courier::send(int socket, const msghdr& message, int flags) {
  constexpr timespec a_moment{0, 100'000'000};
  const std::lock_guard guard{lock_};
  socket_ = socket;
  message_ = &message;
  flags_ = flags | MSG_DONTWAIT | MSG_NOSIGNAL;
  __atomic_store_n(&turn_, asked, __ATOMIC_RELEASE);
  sys::futex_wake(&turn_);
  while (__atomic_load_n(&turn_, __ATOMIC_ACQUIRE) != done) {
    if (dead_)
      return -EOWNERDEAD;
    if (sys::futex_wait(&turn_, asked, a_moment) != 0 && errno == ETIMEDOUT)
      dead_ = ::waitpid(pid_, nullptr, WNOHANG | __WALL) != 0;
  }
  return returned_;
}

} // namespace cordon::sockets
