#include "actors/accounting.hpp"

#include "core/process/family.hpp"

#include <cerrno>

namespace cordon::actors {
namespace {

using namespace std::chrono_literals;

/// How long a fork waits for others to settle before it is refused.
constexpr auto patience = 1s;
/// Field of /proc/TID/stat: time in user mode, in clock ticks.
constexpr int user_time = 14;

} // namespace

accounting::accounting(caf::actor_config& config, lane_ptr home,
                       std::shared_ptr<notify::calls> kernel, pid_t keeper,
                       std::uint64_t limit,
                       std::function<void(std::size_t)> counted)
    : subsystem(config, std::move(home))
    , kernel_(std::move(kernel))
    , keeper_(keeper)
    , limit_(limit)
    , counted_(std::move(counted)) {
}

/// Whether the caller of a fork is out of the call. One that runs may be inside
/// still, however long (it may have lost its CPU there); only when it has run
/// in user mode since, it is not. Not knowing refuses too much, never too
/// little.
bool accounting::has_left(in_flight& each) {
  switch (process::find_thread(each.tid, each.number)) {
  case process::whereabouts::gone:
  case process::whereabouts::elsewhere:
  case process::whereabouts::in_vfork: // its child is there
    return true;
  case process::whereabouts::running: {
    const auto now = process::stat_field(each.tid, user_time);
    if (!each.user_time)
      each.user_time = now;
    return !now || *now > *each.user_time;
  }
  case process::whereabouts::in_call:
    return false;
  }
  return false;
}

/// Forgets the forks whose callers have left the call: their children, if any,
/// are there to be counted.
void accounting::settle() {
  std::erase_if(passed_, [](in_flight& each) { return has_left(each); });
}

void accounting::recount() {
  settle();
  const auto counted = process::count_family(keeper_);
  // Without an answer the bound stays: it only ever refuses too much.
  if (!counted)
    return;
  at_most_ = *counted + passed_.size();
  if (counted_)
    counted_(*counted);
}

answer accounting::admit(const notify::request& asked) {
  ++at_most_;
  // A thread that traps again has left the call before.
  std::erase_if(passed_,
                [&](const in_flight& f) { return f.tid == asked.tid; });
  passed_.push_back({asked.tid, asked.number});
  // Register values alone decided, and the child is walled as its parent is.
  return answer::let_pass();
}

void accounting::fork(const call_ptr& call) {
  const auto& asked = call->asked();
  if (limit_ == 0) // somebody else had it trapped
    return reply(call, answer{});
  std::erase_if(passed_,
                [&](const in_flight& f) { return f.tid == asked.tid; });
  if (at_most_ >= limit_)
    recount();
  if (at_most_ < limit_)
    return reply(call, admit(asked));
  if (passed_.empty())
    return reply(call, answer::fail(EAGAIN, "processes"));
  // Some forks may be counted twice, as their callers are still on the way.
  waiting_.push_back({owe(call), clock::now() + patience});
  look_later();
}

void accounting::look_later() {
  if (timer_runs_)
    return;
  timer_runs_ = true;
  home().after(1ms, [self = caf::actor_cast<process_actor>(this), this] {
    timer_runs_ = false;
    look_again();
  });
}

void accounting::look_again() {
  recount();
  std::erase_if(waiting_, [&](waiting& each) {
    if (at_most_ < limit_) {
      each.call.deliver(admit(each.call.asked()));
      return true;
    }
    if (passed_.empty() || clock::now() >= each.give_up) {
      each.call.deliver(answer::fail(EAGAIN, "processes"));
      return true;
    }
    return false;
  });
  if (!waiting_.empty())
    look_later();
}

answer accounting::dumpable(const notify::request& asked) {
  const auto said = flags_.handle(asked);
  if (!kernel_->valid(asked.id))
    return answer::fail(ESRCH);
  return said < 0 ? answer::fail(static_cast<int>(-said)) : answer::give(said);
}

void accounting::handle(const call_ptr& call) {
  if (call->asked().op == syscall::operation::fork)
    fork(call);
  else
    reply(call, dumpable(call->asked()));
}

accounting::behavior_type accounting::make_behavior() {
  return {[this](const process_request& asked) { handle(asked.call); }};
}

} // namespace cordon::actors
