#include "actors/repair.hpp"

#include "core/process/signals.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace cordon::actors {

void repair::forget_some() {
  // Threads come and go by the thousand, and a program can name any number to
  // ptrace(2); of those that are not traced nothing is lost but a count.
  constexpr std::size_t many = 4096;
  if (threads_.size() > many)
    std::erase_if(threads_, [](const auto& entry) {
      const auto& it = entry.second;
      return it.now == state::not_traced && !it.when_told && !it.when_free
             && !it.when_held;
    });
}

void repair::begins(pid_t tid, clock::time_point now) {
  auto& it = threads_[tid];
  it.calls = 0;
  it.looked_at = now;
  it.loader = 0;
  it.loads = true;
}

/// A program's loader makes its calls before there can be a handler. But where
/// it is the C library as well (musl) the program's own calls look the same, so
/// this does not last.
bool repair::is_loading(thread& it, std::uint64_t place,
                        clock::time_point now) {
  constexpr std::uint64_t one_library = 256ULL * 1024;
  constexpr std::chrono::milliseconds short_while{1};
  if (it.loader == 0)
    it.loader = place;
  const auto apart = std::max(place, it.loader) - std::min(place, it.loader);
  it.loads
      = it.loads && apart < one_library && now - it.looked_at < short_while;
  return it.loads;
}

/// Handlers may come at any time, and looking costs more than most calls.
bool repair::was_looked_at(const thread& it, clock::time_point now) {
  using namespace std::chrono_literals;
  // Where it could not be traced (no ptrace here, or by somebody else), asking
  // again and again would cost more than all calls.
  return now - it.looked_at < (it.could_not ? 200ms : 500us);
}

/// Has it traced when it catches signals. Whether the keeper was asked.
bool repair::look(pid_t tid, thread& it, clock::time_point now) {
  it.looked_at = now;
  if (!process::catches_signals(tid) || !keeper_.trace(tid))
    return false;
  it.now = state::asked;
  return true;
}

bool repair::must_wait(pid_t tid, std::uint64_t place, clock::time_point now) {
  if (!keeper_.trace)
    return false;
  forget_some();
  auto& it = threads_[tid];
  if (it.now != state::not_traced || it.given_up || is_loading(it, place, now))
    return it.now == state::asked;
  // A program's first calls come when it sets up its handlers.
  if (std::has_single_bit(++it.calls))
    return look(tid, it, now);
  if (!was_looked_at(it, now))
    overdue_ = tid;
  return false;
}

void repair::was_answered(pid_t tid, clock::time_point now) {
  if (tid != overdue_)
    return;
  overdue_ = 0;
  const auto found = threads_.find(tid);
  if (found != threads_.end() && found->second.now == state::not_traced
      && !found->second.given_up)
    look(tid, found->second, now);
}

void repair::wait(pid_t tid, continuation then) {
  threads_[tid].when_told = std::move(then);
}

void repair::asked_already(pid_t tid) {
  threads_[tid].now = state::asked;
}

void repair::traced(pid_t tid) {
  auto& it = threads_[tid];
  it.now = state::traced;
  if (const auto then = std::exchange(it.when_told, nullptr))
    then();
}

void repair::untraced(pid_t tid) {
  const auto found = threads_.find(tid);
  if (found == threads_.end())
    return;
  auto& it = found->second;
  it.could_not = it.now == state::asked;
  it.now = state::not_traced;
  const auto told = std::exchange(it.when_told, nullptr);
  const auto free = std::exchange(it.when_free, nullptr);
  if (!it.given_up && !it.could_not)
    threads_.erase(found);
  for (const auto& then : {told, free})
    if (then)
      then();
}

bool repair::traces(pid_t tid) const {
  const auto found = threads_.find(tid);
  return found != threads_.end() && found->second.now != state::not_traced;
}

void repair::interrupts(pid_t tid) const {
  // The keeper may trace one that we never asked for (`trace_early`).
  if (keeper_.interrupts)
    keeper_.interrupts(tid);
}

bool repair::make_room_for_parent(pid_t tid, continuation then) {
  if (!keeper_.again || !keeper_.again(tid))
    return false;
  threads_[tid].when_held = std::move(then);
  return true;
}

bool repair::held(pid_t tid, int error) {
  const auto found = threads_.find(tid);
  if (found == threads_.end() || !found->second.when_held)
    return false;
  auto& it = found->second;
  if (error == 0) {
    it.given_up = true;
    it.now = state::not_traced;
  }
  std::exchange(it.when_held, nullptr)();
  return true;
}

void repair::make_room(pid_t tid, continuation then) {
  forget_some();
  auto& it = threads_[tid];
  it.given_up = true;
  // The keeper traces one that we never asked for (`trace_early`).
  if (keeper_.release && keeper_.release(tid))
    it.when_free = std::move(then);
  else
    then();
}

} // namespace cordon::actors
