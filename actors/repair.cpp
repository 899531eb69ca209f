#include "actors/repair.hpp"

#include "core/process/signals.hpp"

#include <bit>
#include <utility>

namespace cordon::actors {

void repair::forget_some() {
  // Threads come and go by the thousand, and a program can name any number to
  // ptrace(2); of those that are not traced nothing is lost but a count.
  constexpr std::size_t many = 4096;
  if (threads_.size() > many)
    std::erase_if(threads_, [](const auto& entry) {
      return !entry.second.traced && !entry.second.when_free;
    });
}

void repair::saw(pid_t tid) {
  if (!keeper_.trace)
    return;
  forget_some();
  auto& it = threads_[tid];
  // Handlers may come later, and looking costs as much as a call: look at the
  // first, second, fourth, … one.
  if (it.traced || it.given_up || !std::has_single_bit(++it.calls))
    return;
  it.traced = process::catches_signals(tid) && keeper_.trace(tid);
}

void repair::traced_already(pid_t tid) {
  threads_[tid].traced = true;
}

void repair::untraced(pid_t tid) {
  const auto found = threads_.find(tid);
  if (found == threads_.end())
    return;
  auto& it = found->second;
  it.traced = false;
  if (const auto then = std::exchange(it.when_free, nullptr))
    then();
  if (!it.given_up)
    threads_.erase(found);
}

bool repair::traces(pid_t tid) const {
  const auto found = threads_.find(tid);
  return found != threads_.end() && found->second.traced;
}

void repair::make_room(pid_t tid, std::function<void()> then) {
  forget_some();
  auto& it = threads_[tid];
  it.given_up = true;
  if (it.traced && keeper_.release(tid))
    it.when_free = std::move(then);
  else
    then();
}

} // namespace cordon::actors
