#include "core/keeper/repair.hpp"

#include "core/linux/registers.hpp"
#include "core/linux/trace.hpp"

#include <signal.h>
#include <sys/wait.h>

namespace cordon::keeper {
namespace {

namespace abi = sys::abi;

/// Threads to be let go at their next stop. Few at a time: a tracer inside
/// waits for each.
constexpr int most_leaving = 64;
pid_t leaving[most_leaving];

bool is_leaving(pid_t tid) {
  for (auto& each : leaving)
    if (each == tid) {
      each = 0;
      return true;
    }
  return false;
}

bool may_be_trapped(const process::wire::plan& plan, long number) {
  return number >= 0 && number < 8L * 64
         && (plan.trapped[number / 64] >> (number % 64) & 1U) != 0;
}

} // namespace

bool trace(pid_t tid) noexcept {
  return sys::trace_seize(tid, abi::trace_exec) == 0;
}

void release(pid_t tid) noexcept {
  for (auto& each : leaving)
    if (each == 0) {
      each = tid;
      // It stops without a signal, and `take_stop` lets it go.
      sys::trace_interrupt(tid);
      return;
    }
}

stop_outcome take_stop(const process::wire::plan& plan, pid_t tid,
                       int status) noexcept {
  const int event = status >> 16;
  const int signal = WSTOPSIG(status);
  const bool delivers = event == 0;
  if (delivers)
    sys::restart_always(
        tid, [&](long number) { return may_be_trapped(plan, number); });
  if (event == abi::event_exec || is_leaving(tid)) {
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
