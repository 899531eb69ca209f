#include "actors/user_handlers.hpp"

#include "core/base/log.hpp"

#include <algorithm>
#include <cerrno>

namespace cordon::actors {
namespace {

/// A function that runs on a worker of the system.
handler_actor::behavior_type worker(const handler_function& run) {
  return {[run](const handler_call_ptr& seen) { return run(*seen); }};
}

bool is_for(const policy::handled_call& what, const notify::request& asked) {
  if (const auto* const op = std::get_if<syscall::operation>(&what))
    return *op == asked.op;
  return asked.op == syscall::operation::raw
         && std::get<int>(what) == asked.number;
}

} // namespace

user_handlers::user_handlers(caf::actor_config& config, lane_ptr home,
                             std::shared_ptr<notify::calls> kernel,
                             const std::vector<user_handler>& handlers,
                             std::vector<int> passable,
                             std::chrono::milliseconds limit)
    : subsystem(config, std::move(home))
    , kernel_(std::move(kernel))
    , passable_(std::move(passable))
    , limit_(limit) {
  for (const auto& each : handlers) {
    entry made{each.what, each.run, {}};
    if (const auto* const whom = std::any_cast<handler_actor>(&each.by_actor))
      made.worker = *whom;
    else if (each.on_worker)
      made.worker = system().spawn(worker, each.run);
    entries_.push_back(std::move(made));
  }
}

/// Asks from `v.next` on, until somebody answers.
void user_handlers::go_on(visit v) {
  const auto& asked = v.seen->asked();
  while (v.next < entries_.size()) {
    const auto& each = entries_[v.next++];
    if (!is_for(each.what, asked))
      continue;
    if (each.worker)
      return ask_worker(v, each.worker);
    if (take(v, run_here(each, *v.seen)))
      return;
  }
  end_of_chain(v);
}

void user_handlers::ask_worker(const visit& v, const handler_actor& whom) {
  request(whom, limit_, v.seen)
      .then(
          [this, v](const answer& said) {
            if (!take(v, said))
              go_on(v);
          },
          [this, v](const caf::error& why) {
            v.due.deliver(answer::fail(EIO));
            if (why != caf::sec::request_timeout)
              break_down(to_string(why));
          });
}

answer user_handlers::run_here(const entry& each, const handler_call& seen) {
  try {
    return each.run(seen);
  } catch (const std::exception& e) {
    break_down(e.what());
  } catch (...) {
    break_down("something that is no std::exception");
  }
  return answer::fail(EIO);
}

/// The listener sees that this actor has ended, answers all that waits with
/// EIO and ends the run.
void user_handlers::break_down(const std::string& why) {
  quit(caf::make_error(caf::sec::runtime_error, "a handler failed: " + why));
}

bool user_handlers::take(const visit& v, answer said) {
  using kind = answer::kind;
  const int number = v.seen->asked().number;
  if (said.what == kind::next)
    return false;
  if (said.what == kind::pass && !is_passable(number)) {
    if (warned_.insert(number).second)
      log::warn("a handler lets system call " + std::to_string(number)
                + " pass, which is for this policy to decide; it fails");
    said = answer::fail(EPERM);
  }
  // Without a signal the program would see an errno that does not exist.
  if (said.what == kind::interrupt)
    said = answer::fail(EINTR);
  v.due.deliver(std::move(said));
  return true;
}

void user_handlers::end_of_chain(const visit& v) {
  // Nobody's: as if nobody had asked to see it.
  v.due.deliver(is_passable(v.seen->asked().number) ? answer::let_pass()
                                                    : answer{});
}

bool user_handlers::is_passable(int number) const {
  return std::ranges::find(passable_, number) != passable_.end();
}

user_handlers::behavior_type user_handlers::make_behavior() {
  return {[this](const user_request& asked) {
    // The call outlives the notification: a worker may be slower than its
    // caller.
    const std::shared_ptr<const notify::request> decoded{asked.call,
                                                         &asked.call->asked()};
    go_on({owe(asked.call),
           std::make_shared<const handler_call>(kernel_, decoded)});
  }};
}

} // namespace cordon::actors
