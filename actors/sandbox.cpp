#include "actors/sandbox.hpp"

#include "actors/watcher.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace cordon::actors {

sandbox_state::sandbox_state(sandbox_actor::pointer owner)
    : self(owner) {
}

caf::result<ending_ptr> sandbox_state::run(const run_request_ptr& request) {
  if (requested)
    return caf::make_error(caf::sec::invalid_argument,
                           "a sandbox runs one program");
  if (request == nullptr || request->profile == nullptr
      || request->command.empty())
    return caf::make_error(caf::sec::invalid_argument,
                           "expected a profile and a command");
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return caf::make_error(caf::sec::runtime_error, "no pipe to be had");
  leash.reset(ends[1]);
  requested = true;
  self->spawn<caf::detached>(watcher, caf::actor_cast<sandbox_actor>(self),
                             request,
                             std::make_shared<const unique_fd>(ends[0]));
  answer = self->make_response_promise();
  return caf::delegated<ending_ptr>{};
}

void sandbox_state::signal(int number) const {
  // A run that is just over is no error: the answer is on its way.
  if (control)
    static_cast<void>(control->signal(number));
}

void sandbox_state::kill() {
  leash.reset();
}

void sandbox_state::ended(const ending_ptr& end) {
  control.reset();
  answer.deliver(end);
}

void sandbox_state::failed(const std::string& why) {
  control.reset();
  answer.deliver(caf::make_error(caf::sec::runtime_error, why));
}

sandbox_actor::behavior_type
sandbox(sandbox_actor::stateful_pointer<sandbox_state> self) {
  self->state.self = self;
  return {
      [self](run_atom, const run_request_ptr& request) {
        return self->state.run(request);
      },
      [self](signal_atom, int number) { self->state.signal(number); },
      [self](kill_atom) { self->state.kill(); },
      [self](started_atom, const control_ptr& with) {
        self->state.control = with;
      },
      [self](ended_atom, const ending_ptr& end) { self->state.ended(end); },
      [self](failed_atom, const std::string& why) { self->state.failed(why); },
  };
}

} // namespace cordon::actors
