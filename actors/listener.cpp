#include "actors/listener.hpp"

#include "core/notify/decode.hpp"
#include "core/process/end_process.hpp"
#include "core/syscall/table.hpp"

#include <sys/epoll.h>

#include <cerrno>

namespace cordon::actors {
namespace {

using syscall::operation;

/// The row of a native number; null for one that nobody handles.
const syscall::trap_row* row_of(int number) {
  static const auto by_number = [] {
    std::array<const syscall::trap_row*, syscall::last_number + 1> all{};
    for (const auto& row : syscall::trap_rows()) {
      const auto* const call = syscall::find(row.syscall);
      if (call == nullptr)
        continue;
      const int n = call->number_on(syscall::native);
      if (n != syscall::absent)
        all[static_cast<std::size_t>(n)] = &row;
    }
    return all;
  }();
  return number < 0 || number > syscall::last_number
             ? nullptr
             : by_number[static_cast<std::size_t>(number)];
}

/// Of a number that a handler asked for: nothing is read but registers.
constexpr syscall::trap_row raw_row{"", operation::raw, {}};

/// What a call gets when nobody on its route wanted it.
answer end_of_route(const notify::request& asked) {
  const auto* const row = row_of(asked.number);
  const int error = row == nullptr ? ENOSYS : row->at_end;
  // CONTINUE: the row says that the wall alone makes the call safe.
  return error == 0 ? answer::let_pass() : answer::fail(error);
}

} // namespace

listener::listener(caf::actor_config& config, lane_ptr home, routes to,
                   listener_reports reports, tracing keeper)
    : pinned(config, std::move(home))
    , routes_(std::move(to))
    , reports_(std::move(reports))
    , repair_(std::move(keeper)) {
  set_down_handler([this](const caf::down_msg& down) { lost(down); });
  for (const auto& each : routes_.everybody())
    monitor(caf::actor_cast<caf::actor>(each));
}

void listener::take(notify::notification received, call::clock::time_point at) {
  const auto* row = row_of(received.data().nr);
  if (row == nullptr && routes_.takes_raw(received.data().nr))
    row = &raw_row;
  // Trapped and nobody's: the policy and this table disagree. Fail closed. A
  // thread without a number in our pid namespace cannot be looked at.
  if (row == nullptr || received.tid() == 0) {
    received.refuse(row == nullptr ? ENOSYS : EPERM);
    return;
  }
  if (broken_) {
    received.refuse(EIO);
    return;
  }
  if (row->op == operation::trace) {
    let_trace(std::move(received));
    return;
  }
  // After exec there are no handlers.
  if (const pid_t tid = received.tid();
      row->op != operation::exec
      && repair_.must_wait(tid, received.data().instruction_pointer, at)) {
    const auto kept
        = std::make_shared<notify::notification>(std::move(received));
    repair_.wait(tid, [this, row, kept, at] {
      have_answered(*row, std::move(*kept), at);
    });
    return;
  }
  have_answered(*row, std::move(received), at);
}

void listener::have_answered(const syscall::trap_row& row,
                             notify::notification received,
                             call::clock::time_point at) {
  auto decoded = notify::decode(row, received.raw());
  if (!decoded) {
    received.refuse(decoded.error().code);
    return;
  }
  if (!received.valid())
    return; // gone; and what was read may have been another's
  const auto about
      = std::make_shared<call>(std::move(received), std::move(*decoded), at);
  about->slot_ = in_flight_.size();
  in_flight_.push_back(about);
  go_on(about);
}

/// Asks the next on the route.
void listener::go_on(const call_ptr& about) {
  const auto& route = routes_.of(about->asked().op);
  if (about->stop_ < route.size())
    route[about->stop_].ask(*this, route[about->stop_].whom, about);
  else
    finish(about, end_of_route(about->asked()));
}

void listener::take_answer(const answered& reply) {
  const auto& about = reply.call;
  // The first answer counts. (The one of a subsystem that was not asked, or
  // was asked and has answered before, is none.)
  if (about == nullptr || about->note_.answered())
    return;
  if (reply.said.what != answer::kind::next)
    return finish(about, reply.said);
  ++about->stop_;
  go_on(about);
}

/// Tells the kernel. Returns whether the caller got it.
bool listener::send(call& about, const answer& said) {
  auto& note = about.note_;
  switch (said.what) {
  case answer::kind::pass:
    return note.pass();
  case answer::kind::value:
    return note.give(said.result);
  case answer::kind::error:
    return note.refuse(said.error);
  case answer::kind::inject:
    return said.fd == nullptr ? note.refuse(EIO)
                              : note.inject(said.fd->get(), said.close_on_exec);
  case answer::kind::interrupt:
    repair_.interrupts(note.tid());
    return note.interrupt();
  case answer::kind::kill:
    process::kill_process(note.tid(), [&] { return note.valid(); });
    return note.refuse(EPERM);
  case answer::kind::next:
    break;
  }
  return note.refuse(EPERM);
}

void listener::finish(const call_ptr& about, const answer& said) {
  const auto tid = about->note_.tid();
  if (said.begins)
    repair_.begins(tid, call::clock::now());
  const bool delivered = send(*about, said);
  const auto now = call::clock::now();
  // The last one takes the place that becomes free.
  in_flight_.back()->slot_ = about->slot_;
  const auto slot = about->slot_;
  auto kept = std::move(in_flight_[slot]);
  if (slot + 1 < in_flight_.size())
    in_flight_[slot] = std::move(in_flight_.back());
  in_flight_.pop_back();
  if (reports_.answered)
    reports_.answered({kept->asked(), said, delivered, now - kept->arrived_});
  repair_.was_answered(tid, now);
}

/// A subsystem threw, quit or was told to end: what waits for an answer gets
/// an errno, and the run is over.
void listener::lost(const caf::down_msg& down) {
  broken_ = true;
  while (!in_flight_.empty())
    finish(call_ptr{in_flight_.back()}, answer::fail(EIO));
  if (reports_.failed)
    reports_.failed("a subsystem failed: " + system().render(down.reason));
}

/// ptrace(2) TRACEME, ATTACH or SEIZE. A thread has one tracer; ours steps
/// aside. Register values alone decide, and Landlock keeps tracers to their
/// own domain, so the kernel may run it.
void listener::let_trace(notify::notification received) {
  constexpr std::uint32_t trace_me = 0;
  const auto& args = received.data().args;
  if (static_cast<std::uint32_t>(args[0]) == trace_me) {
    const pid_t tid = received.tid();
    if (!repair_.traces(tid)) {
      received.pass();
      return;
    }
    // It waits for us: when it has an answer it is let go, and asks again.
    const auto kept
        = std::make_shared<notify::notification>(std::move(received));
    if (!repair_.make_room_for_parent(tid, [kept] { kept->refuse(EPERM); }))
      kept->refuse(EPERM);
    return;
  }
  const auto tracee = static_cast<pid_t>(args[1]);
  const auto kept = std::make_shared<notify::notification>(std::move(received));
  repair_.make_room(tracee, [kept] { kept->pass(); });
}

listener::behavior_type listener::make_behavior() {
  return {[this](const answered& reply) { take_answer(reply); },
          [this](untraced_atom, std::int32_t tid) { repair_.untraced(tid); },
          [this](traced_atom, std::int32_t tid) { repair_.traced(tid); }};
}

bool listener::receive_all(const std::shared_ptr<notify::calls>& kernel,
                           std::uint32_t epoll_events) {
  // All of it first, then the work: a call that was received is no longer
  // broken by a signal. Looking for a second one costs a tenth of a call; where
  // one thread calls again and again there is none.
  bool look_further = (epoll_events & EPOLLIN) != 0;
  while (look_further) {
    auto& raw = received_.emplace_back();
    if (kernel->receive(raw) != 0) {
      received_.pop_back();
      look_further = kernel->waiting();
      continue;
    }
    look_further
        = std::exchange(last_caller_, raw.pid) != raw.pid && kernel->waiting();
  }
  const auto now = call::clock::now();
  for (const auto& raw : received_)
    take(notify::notification{kernel, raw}, now);
  received_.clear();
  return (epoll_events & EPOLLHUP) == 0;
}

} // namespace cordon::actors
