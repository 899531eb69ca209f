#include "core/keeper/redirect.hpp"

#include "core/keeper/repair.hpp"
#include "core/linux/registers.hpp"
#include "core/linux/trace.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdint>

namespace cordon::keeper {
namespace {

namespace abi = sys::abi;

struct held_thread {
  pid_t tid;  ///< 0: free
  bool known; ///< what it is to do
  bool stopped;
  bool begun;     ///< to do it
  bool in_call;   ///< of its errand
  bool ours;      ///< traced for this only
  bool job_stops; ///< its process was stopped, but it goes on for its errand
  bool execs;     ///< with `exec`, and nothing else
  bool leaves;    ///< asks somebody else to trace it
  errand does;
  std::uint64_t mask;
  std::uint64_t exec[3];
  sys::registers was;
};

/// A thread is held for microseconds; more than these wait.
constexpr int most = 256;
held_thread table[most];

held_thread* find(pid_t tid) {
  for (auto& each : table)
    if (each.tid == tid)
      return &each;
  return nullptr;
}

/// Where its process is stopped the thread joins it: one that is let go does so
/// by itself, another is asked to stop once more, and that stop tells.
redirect_stop finish(held_thread& h) {
  const auto tid = h.tid;
  const bool leaves = is_leaving(tid) || h.ours;
  if (h.job_stops && !leaves)
    sys::trace_interrupt(tid);
  h.tid = 0;
  if (leaves)
    sys::trace_detach(tid, 0);
  else
    sys::trace_continue(tid, 0);
  return leaves ? redirect_stop::let_go : redirect_stop::goes_on;
}

redirect_stop go_on(held_thread& h, int signal = 0) {
  sys::trace_syscall(h.tid, signal);
  return redirect_stop::goes_on;
}

/// The thread is where it was, with the outcome.
redirect_stop restore(held_thread& h) {
  std::uint64_t ignored = 0;
  sys::set_outcome(h.tid, h.was, h.does.result);
  sys::swap_signal_mask(h.tid, h.mask, ignored);
  return finish(h);
}

/// Its next call, after one that returned that.
redirect_stop proceed(held_thread& h, long returned) {
  sys::system_call next;
  if (!next_call(h.does, h.tid, returned, next))
    return restore(h);
  sys::set_call(h.tid, h.was, next);
  h.in_call = false;
  return go_on(h);
}

redirect_stop begin(held_thread& h) {
  if (h.leaves) {
    if (sys::get_registers(h.tid, h.was))
      sys::set_again(h.tid, h.was, SYS_ptrace);
    return finish(h);
  }
  if (h.execs) {
    // (A number that has become another thread's is left alone.)
    if (sys::get_registers(h.tid, h.was) && sys::is_exec(h.was, h.exec))
      sys::set_exec(h.tid, h.was, h.exec);
    return finish(h);
  }
  if (h.does.what == errand::kind::none || !sys::get_registers(h.tid, h.was)
      || !sys::swap_signal_mask(h.tid, ~std::uint64_t{0}, h.mask))
    return finish(h);
  h.begun = true;
  return proceed(h, 0);
}

} // namespace

int hold(pid_t tid) noexcept {
  if (!sys::can_set_registers)
    return ENOSYS;
  // Who asks has no errand: what is known of one was of a thread that another
  // of its process ended by an exec, and that left its number to it.
  held_thread* const stale = find(tid);
  held_thread* const free = stale != nullptr ? stale : find(0);
  if (free == nullptr)
    return EAGAIN;
  const int error = trace(tid);
  if (error == EINTR)
    return error;
  // Of a thread that we trace already this asks as well; of somebody else's it
  // fails.
  if (sys::trace_interrupt(tid) != 0)
    return EPERM;
  *free = {};
  free->tid = tid;
  free->ours = error == 0;
  return 0;
}

int hold_to_exec(pid_t tid, const std::uint64_t (&arguments)[3]) noexcept {
  const int error = hold(tid);
  if (error != 0)
    return error;
  auto& h = *find(tid);
  h.execs = h.known = true;
  for (int i = 0; i < 3; ++i)
    h.exec[i] = arguments[i];
  return 0;
}

int hold_to_let_go(pid_t tid) noexcept {
  const int error = hold(tid);
  if (error != 0)
    return error;
  auto& h = *find(tid);
  h.leaves = h.ours = h.known = true;
  return 0;
}

void send_on(pid_t tid, const errand& what) noexcept {
  auto* const h = find(tid);
  if (h == nullptr || h->known)
    return;
  h->known = true;
  h->does = what;
  if (h->stopped)
    begin(*h);
}

bool keep_traced(pid_t tid) noexcept {
  auto* const h = find(tid);
  if (h != nullptr)
    h->ours = false;
  return h != nullptr;
}

redirect_stop take_redirect_stop(pid_t tid, int status) noexcept {
  auto* const h = find(tid);
  if (h == nullptr)
    return redirect_stop::not_held;
  const int event = status >> 16, signal = WSTOPSIG(status);
  if (event == abi::event_exec) {
    forget_held(tid); // another thread's, which has the number now
    return redirect_stop::not_held;
  }
  if (event == abi::event_stop && signal != SIGTRAP)
    h->job_stops = true;
  if (!h->begun) {
    if (event != abi::event_stop)
      return redirect_stop::not_held;
    h->stopped = true;
    return h->known ? begin(*h) : redirect_stop::goes_on;
  }
  // Every signal is blocked but those that cannot be. One that stops the
  // process does so now: a SIGCONT that comes later takes it back.
  if (event != 0 || signal != SIGTRAP)
    return go_on(*h, event == 0 && signal == SIGSTOP ? signal : 0);
  // A call's beginning, then its end.
  h->in_call = !h->in_call;
  return h->in_call ? go_on(*h) : proceed(*h, sys::result_of_call(tid));
}

void forget_held(pid_t tid) noexcept {
  if (auto* const h = find(tid))
    h->tid = 0;
}

} // namespace cordon::keeper
