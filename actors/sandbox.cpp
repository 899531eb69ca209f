#include "actors/sandbox.hpp"

#include "actors/lane_run.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace cordon::actors {
namespace {

caf::error invalid(std::string why) {
  return caf::make_error(caf::sec::invalid_argument, std::move(why));
}

void have_watched(sandbox_actor::pointer self, const run_request_ptr& request,
                  const leash_ptr& leash) {
  self->spawn<caf::detached>(watcher, caf::actor_cast<sandbox_actor>(self),
                             request, leash);
}

} // namespace

caf::error sandbox_state::begin(const run_request_ptr& request) {
  if (requested)
    return invalid("a sandbox runs one program");
  if (request == nullptr)
    return invalid("expected a request");
  if (auto wrong = what_is_wrong_with(*request); !wrong.empty())
    return invalid(std::move(wrong));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return caf::make_error(caf::sec::runtime_error, "no pipe to be had");
  leash.reset(ends[1]);
  requested = true;
  make_run(self, request, std::make_shared<const unique_fd>(ends[0]));
  return {};
}

caf::result<pipe_ends_ptr>
sandbox_state::start(const run_request_ptr& request) {
  if (auto wrong = begin(request))
    return wrong;
  starting = self->make_response_promise<pipe_ends_ptr>();
  return starting;
}

caf::result<run_result_ptr> sandbox_state::run(const run_request_ptr& request) {
  if (auto wrong = begin(request))
    return wrong;
  return wait();
}

caf::result<run_result_ptr> sandbox_state::wait() {
  if (!requested)
    return invalid("nothing was started");
  if (end && !*end)
    return end->error();
  if (end)
    return **end;
  waiting.push_back(self->make_response_promise<run_result_ptr>());
  return waiting.back();
}

void sandbox_state::signal(int number) const {
  // A run that is just over is no error: the answer is on its way.
  if (control)
    static_cast<void>(control->signal(number));
}

void sandbox_state::kill() {
  leash.reset();
}

void sandbox_state::running(const pipe_ends_ptr& ends) {
  is_running = true;
  if (starting.pending())
    starting.deliver(ends);
}

void sandbox_state::denied(const denial& what) {
  for (const auto& listener : listeners)
    self->send(listener, what);
}

void sandbox_state::ended(caf::expected<run_result_ptr> how) {
  control.reset();
  leash.reset();
  shown = {};
  if (starting.pending() && !how)
    starting.deliver(how.error());
  for (auto& promise : waiting)
    if (how)
      promise.deliver(*how);
    else
      promise.deliver(how.error());
  waiting.clear();
  end = std::move(how);
}

sandbox_actor::behavior_type
sandbox_with(sandbox_actor::stateful_pointer<sandbox_state> self,
             run_maker make_run) {
  auto& state = self->state;
  state.self = self;
  state.make_run = std::move(make_run);
  // Who waits shall hear of it.
  self->set_exit_handler([self](const caf::exit_msg& message) {
    self->state.ended(message.reason);
    self->quit(message.reason);
  });
  return {
      [&state](start_atom, const run_request_ptr& request) {
        return state.start(request);
      },
      [&state](wait_atom) { return state.wait(); },
      [&state](run_atom, const run_request_ptr& request) {
        return state.run(request);
      },
      [&state](denials_atom, const denial_actor& to) {
        state.listeners.push_back(to);
      },
      [&state](signal_atom, int number) { state.signal(number); },
      [&state](kill_atom) { state.kill(); },
      [&state](published_atom, const presence_ptr& what) {
        state.shown = shown_run{what};
      },
      [&state](started_atom, const control_ptr& with) { state.control = with; },
      [&state](running_atom, const pipe_ends_ptr& ends) {
        state.running(ends);
      },
      [&state](const denial& what) { state.denied(what); },
      [&state](ended_atom, const run_result_ptr& how) { state.ended(how); },
      [&state](failed_atom, const std::string& why) {
        state.ended(caf::make_error(caf::sec::runtime_error, why));
      },
  };
}

sandbox_actor::behavior_type
sandbox(sandbox_actor::stateful_pointer<sandbox_state> self) {
  return sandbox_with(self, have_watched);
}

} // namespace cordon::actors
