// The typed protocols of all actors: one comment a message.
#pragma once

#include "actors/answer.hpp"
#include "actors/call.hpp"
#include "actors/publication.hpp"
#include "actors/run_request.hpp"
#include "core/process/keeper.hpp"
#include "core/status/control.hpp"

#include <caf/all.hpp>

#include <memory>
#include <string>
#include <vector>

namespace cordon::actors {

/// The watcher's hold on the run, lent to the sandbox.
using control_ptr = std::shared_ptr<const process::remote_control>;

/// How a run went, as a message.
using run_result_ptr = std::shared_ptr<const run_result>;

/// The service's ends of a run's pipes, as a message. Whoever gets it may move
/// them out; there is one receiver.
using pipe_ends_ptr = std::shared_ptr<pipe_ends>;

/// A trapped call on its way to a subsystem, one type a family.
struct path_request {
  call_ptr call;
};
struct process_request {
  call_ptr call;
};

struct user_request {
  call_ptr call;
};

/// A call on its way to a handler that is an actor.
using handler_call_ptr = std::shared_ptr<const handler_call>;

/// What a subsystem says to a call, at once or later.
struct answered {
  call_ptr call;
  answer said;
};

/// Somebody at the control endpoint, and what they ask. The reply goes to the
/// client itself.
using client_ptr = std::shared_ptr<const unique_fd>;
struct visit {
  client_ptr client;
  status::control::request asked;
};

} // namespace cordon::actors

// Sent inside one process only: they carry pointers to immutable values.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::run_request_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::control_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::presence_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::run_result_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::pipe_ends_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::denial)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::path_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::process_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::user_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::handler_call_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::answered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::visit)

CAF_BEGIN_TYPE_ID_BLOCK(cordon, caf::first_custom_type_id)

  CAF_ADD_TYPE_ID(cordon, (cordon::actors::run_request_ptr))
  CAF_ADD_TYPE_ID(cordon, (cordon::actors::control_ptr))
  CAF_ADD_TYPE_ID(cordon, (cordon::actors::presence_ptr))
  CAF_ADD_TYPE_ID(cordon, (cordon::actors::run_result_ptr))
  CAF_ADD_TYPE_ID(cordon, (cordon::actors::pipe_ends_ptr))
  CAF_ADD_TYPE_ID(cordon, (cordon::actors::denial))
  CAF_ADD_TYPE_ID(cordon, (cordon::actors::path_request))
  CAF_ADD_TYPE_ID(cordon, (cordon::actors::process_request))
  CAF_ADD_TYPE_ID(cordon, (cordon::actors::user_request))
  CAF_ADD_TYPE_ID(cordon, (cordon::actors::handler_call_ptr))
  CAF_ADD_TYPE_ID(cordon, (cordon::actors::answer))
  CAF_ADD_TYPE_ID(cordon, (cordon::actors::answered))
  CAF_ADD_TYPE_ID(cordon, (cordon::actors::visit))

  CAF_ADD_ATOM(cordon, cordon::actors, run_atom, "run")
  CAF_ADD_ATOM(cordon, cordon::actors, start_atom, "start")
  CAF_ADD_ATOM(cordon, cordon::actors, wait_atom, "wait")
  CAF_ADD_ATOM(cordon, cordon::actors, denials_atom, "denials")
  CAF_ADD_ATOM(cordon, cordon::actors, signal_atom, "signal")
  CAF_ADD_ATOM(cordon, cordon::actors, kill_atom, "kill")
  CAF_ADD_ATOM(cordon, cordon::actors, ended_atom, "ended")
  CAF_ADD_ATOM(cordon, cordon::actors, started_atom, "started")
  CAF_ADD_ATOM(cordon, cordon::actors, running_atom, "running")
  CAF_ADD_ATOM(cordon, cordon::actors, published_atom, "published")
  CAF_ADD_ATOM(cordon, cordon::actors, failed_atom, "failed")
  CAF_ADD_ATOM(cordon, cordon::actors, traced_atom, "traced")
  CAF_ADD_ATOM(cordon, cordon::actors, untraced_atom, "untraced")

CAF_END_TYPE_ID_BLOCK(cordon)

namespace cordon::actors {

/// LISTENER: answers every trapped call, asking the subsystems on its route.
using listener_actor = caf::typed_actor<
    // A subsystem's answer. One to a call that was answered is ignored.
    caf::reacts_to<answered>,
    // The keeper no longer traces this thread. Internal.
    caf::reacts_to<untraced_atom, std::int32_t>,
    // The keeper traces this thread now. Internal.
    caf::reacts_to<traced_atom, std::int32_t>>;

// A subsystem sends one `answered` for each request, at once or later. Two
// messages of one way each cost two thirds of a request with its response.

/// A subsystem that answers for calls about files.
using path_actor = caf::typed_actor<caf::reacts_to<path_request>>;

/// A subsystem that answers for calls about processes.
using process_actor = caf::typed_actor<caf::reacts_to<process_request>>;

/// The embedding program's handlers.
using user_actor = caf::typed_actor<caf::reacts_to<user_request>>;

/// Whoever wants to hear of refused calls as they happen.
using denial_actor = caf::typed_actor<caf::reacts_to<denial>>;

/// CONTROL: does what somebody at the control endpoint asks for.
using control_actor = caf::typed_actor<
    // A request; the reply goes to the client.
    caf::reacts_to<visit>>;

/// SANDBOX: one confined run, from start to end. The run keeps it alive; an
/// exit message ends both. Errors: sec::invalid_argument for a request that
/// makes no sense, sec::runtime_error with one line that says why the program
/// did not run, or why the run was broken off.
using sandbox_actor = caf::typed_actor<
    // Starts the program and answers when it has been executed. One run a
    // sandbox: a second request is an error.
    caf::replies_to<start_atom, run_request_ptr>::with<pipe_ends_ptr>,
    // Answers when the run is over and nothing of it lives: at once if it is.
    // Any number may wait. Before `start` it is an error.
    caf::replies_to<wait_atom>::with<run_result_ptr>,
    // Both in one, for a run without pipes.
    caf::replies_to<run_atom, run_request_ptr>::with<run_result_ptr>,
    // From now on each refused call is told to this actor, at most 100 in a
    // second.
    caf::reacts_to<denials_atom, denial_actor>,
    // Sends a signal to the program. Ignored before the start and after the
    // end.
    caf::reacts_to<signal_atom, int>,
    // Ends the run; the answers to `run` and `wait` follow.
    caf::reacts_to<kill_atom>,
    // From the watcher: the run is shown to others, until we hide it. Internal.
    caf::reacts_to<published_atom, presence_ptr>,
    // From the watcher: the run can be signalled. Internal.
    caf::reacts_to<started_atom, control_ptr>,
    // From the watcher: the program has been executed. Internal.
    caf::reacts_to<running_atom, pipe_ends_ptr>,
    // From the watcher: a call was refused. Internal.
    caf::reacts_to<denial>,
    // From the watcher: the run is over. Internal.
    caf::reacts_to<ended_atom, run_result_ptr>,
    // From the watcher: the run could not start, or was broken off, and why.
    // Internal.
    caf::reacts_to<failed_atom, std::string>>;

} // namespace cordon::actors
