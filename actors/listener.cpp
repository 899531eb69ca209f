#include "actors/listener.hpp"

#include "core/notify/decode.hpp"
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

bool is_about_processes(operation op) {
  return op == operation::fork || op == operation::dumpable;
}

} // namespace

listener::listener(caf::actor_config& config, lane_ptr home, routes to,
                   listener_reports reports, tracing keeper)
    : pinned(config, std::move(home))
    , routes_(std::move(to))
    , reports_(std::move(reports))
    , repair_(std::move(keeper)) {
}

void listener::take(const trapped_ptr& call) {
  const auto* const row = row_of(call->data().nr);
  // Trapped and nobody's: the policy and this table disagree. Fail closed. A
  // thread without a number in our pid namespace cannot be looked at.
  if (row == nullptr || call->tid() == 0) {
    call->refuse(row == nullptr ? ENOSYS : EPERM);
    return;
  }
  if (row->op == operation::trace) {
    let_trace(call);
    return;
  }
  repair_.saw(call->tid());
  auto decoded = notify::decode(*row, call->raw());
  if (!decoded) {
    call->refuse(decoded.error().code);
    return;
  }
  if (!call->valid())
    return; // gone; and what was read may have been another's
  const auto request
      = std::make_shared<const notify::request>(std::move(*decoded));
  if (is_about_processes(row->op))
    ask<process_actor, process_request>(routes_.processes, call, request);
  else
    ask<path_actor, path_request>(routes_.metadata, call, request);
}

/// ptrace(2) TRACEME, ATTACH or SEIZE. A thread has one tracer; ours steps
/// aside. Register values alone decide, and Landlock keeps tracers to their
/// own domain, so the kernel may run it.
void listener::let_trace(const trapped_ptr& call) {
  constexpr std::uint32_t trace_me = 0;
  const auto& args = call->data().args;
  if (static_cast<std::uint32_t>(args[0]) == trace_me) {
    // The caller waits for us and so cannot stop to be let go; the kernel, too,
    // says EPERM to a thread that is traced.
    if (repair_.traces(call->tid()))
      call->refuse(EPERM);
    else
      call->pass();
    return;
  }
  repair_.make_room(static_cast<pid_t>(args[1]), [call] { call->pass(); });
}

template <class Handle, class Message>
void listener::ask(const Handle& whom, const trapped_ptr& call,
                   const request_ptr& request) {
  if (!whom) {
    call->refuse(ENOSYS);
    return;
  }
  this->request(whom, caf::infinite, Message{request})
      .then([this, call,
             request](const answer& said) { carry_out(call, *request, said); },
            [this, call](const caf::error& why) { give_up(call, why); });
}

void listener::carry_out(const trapped_ptr& call,
                         const notify::request& request, const answer& said) {
  switch (said.what) {
  case answer::kind::pass:
    call->pass();
    return;
  case answer::kind::value:
    call->give(said.result);
    return;
  case answer::kind::error:
    call->refuse(said.error);
    if (!said.about.empty() && reports_.refused)
      reports_.refused(request, said);
    return;
  case answer::kind::next:
    // The end of the route: no operation so far is safe to pass unseen.
    call->refuse(EPERM);
    return;
  }
}

void listener::give_up(const trapped_ptr& call, const caf::error& why) {
  call->refuse(EIO);
  if (reports_.failed)
    reports_.failed("a subsystem failed: " + system().render(why));
}

listener::behavior_type listener::make_behavior() {
  return {
      [this](const trapped_ptr& call) { take(call); },
      [this](untraced_atom, std::int32_t tid) { repair_.untraced(tid); },
      [this](traced_atom, std::int32_t tid) { repair_.traced_already(tid); }};
}

bool listener::receive_all(const std::shared_ptr<notify::calls>& kernel,
                           std::uint32_t epoll_events) {
  // All of it first, then the work: a call that was received is no longer
  // broken by a signal.
  if ((epoll_events & EPOLLIN) != 0)
    do {
      seccomp_notif raw{};
      if (kernel->receive(raw) == 0)
        received_.push_back(
            std::make_shared<notify::notification>(kernel, raw));
    } while (kernel->waiting());
  for (const auto& call : received_)
    take(call);
  received_.clear();
  return (epoll_events & EPOLLHUP) == 0;
}

} // namespace cordon::actors
