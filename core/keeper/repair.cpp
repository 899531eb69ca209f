#include "core/keeper/repair.hpp"

#include "core/keeper/handlers.hpp"
#include "core/linux/bounded_seize.hpp"
#include "core/linux/registers.hpp"
#include "core/linux/trace.hpp"

#include <signal.h>
#include <sys/wait.h>

namespace cordon::keeper {
namespace {

namespace abi = sys::abi;

/// A few threads.
class some_threads {
public:
  bool add(pid_t tid) {
    for (auto& each : all_)
      if (each == 0) {
        each = tid;
        return true;
      }
    return false;
  }
  /// The same, in another's place when there is none.
  void put(pid_t tid) {
    if (!add(tid))
      all_[next_++ % most] = tid;
  }
  /// Whether `tid` was among them.
  bool take(pid_t tid) {
    for (auto& each : all_)
      if (each == tid) {
        each = 0;
        return true;
      }
    return false;
  }

private:
  static constexpr unsigned most = 64;
  pid_t all_[most] = {};
  unsigned next_ = 0;
};

/// To be let go at their next stop: a tracer inside waits for each.
some_threads leaving;
/// Not to be repaired at their next stop.
some_threads interrupted;

/// Traced before the supervisor asked for it, and the signals that it got
/// meanwhile, but those that broke a call.
struct {
  pid_t tid = 0;
  unsigned signals = 0;
} early;

/// A stop costs tens of microseconds. So one that has no handlers, whose calls
/// cannot be broken, is let go after a few; any other after some 10 ms.
bool is_enough(pid_t tid) {
  constexpr unsigned few = 16, most = 1000;
  if (tid != early.tid)
    return false;
  const unsigned count = ++early.signals;
  return count >= most
         || (count >= few && (count & (count - 1)) == 0
             && !may_have_handlers(tid));
}

bool may_be_trapped(const process::wire::plan& plan, long number) {
  return number >= 0 && number < 8L * 64
         && (plan.trapped[number / 64] >> (number % 64) & 1U) != 0;
}

} // namespace

bool is_leaving(pid_t tid) noexcept {
  return leaving.take(tid);
}

int trace(pid_t tid) noexcept {
  interrupted.take(tid); // that was while nobody traced it
  return sys::bounded_seize(tid, abi::trace_exec);
}

bool trace_early(pid_t child) noexcept {
  // Its execs are no news to anybody.
  if (sys::bounded_seize(child, 0) != 0)
    return false;
  early.tid = child;
  return true;
}

bool claim(pid_t tid) noexcept {
  if (early.tid != tid)
    return false;
  early.tid = 0;
  return true;
}

bool release(pid_t tid) noexcept {
  // It stops without a signal, and `take_stop` lets it go.
  return sys::trace_interrupt(tid) == 0 && leaving.add(tid);
}

void leave_interrupted(pid_t tid) noexcept {
  interrupted.take(tid); // the last time the signal went elsewhere
  // Threads that nobody traces never take theirs.
  interrupted.put(tid);
}

stop_outcome take_stop(const process::wire::plan& plan, pid_t tid,
                       int status) noexcept {
  const int event = status >> 16;
  const int signal = WSTOPSIG(status);
  const bool delivers = event == 0;
  const bool repaired = delivers && !interrupted.take(tid)
                        && sys::restart_always(tid, [&](long number) {
                             return may_be_trapped(plan, number);
                           });
  if (event == abi::event_exec || leaving.take(tid)
      || (delivers && !repaired && is_enough(tid))) {
    claim(tid);
    sys::trace_detach(tid, delivers ? signal : 0);
    return stop_outcome::let_go;
  }
  if (event == abi::event_stop && signal != SIGTRAP) {
    sys::trace_listen(tid);
    return stop_outcome::group_stopped;
  }
  sys::trace_continue(tid, delivers ? signal : 0);
  return stop_outcome::goes_on;
}

} // namespace cordon::keeper
