// The typed protocols of all actors: one comment a message.
#pragma once

#include "actors/answer.hpp"
#include "actors/call.hpp"
#include "core/process/keeper.hpp"
#include "policy/profile.hpp"

#include <caf/all.hpp>

#include <memory>
#include <string>
#include <vector>

namespace cordon::actors {

/// What a sandbox shall run, immutable and shared.
struct run_request {
  policy::profile_ptr profile;
  std::vector<std::string> command; ///< at least one word
  std::vector<std::string> env;     ///< NAME=VALUE; the program's, whole
  std::string keeper;               ///< path; empty: look for it
};
using run_request_ptr = std::shared_ptr<const run_request>;

/// The watcher's hold on the run, lent to the sandbox.
using control_ptr = std::shared_ptr<const process::remote_control>;

/// How a run ended, as a message.
using ending_ptr = std::shared_ptr<const process::ending>;

/// A trapped call on its way to a subsystem, one type a family.
struct path_request {
  call_ptr call;
};
struct process_request {
  call_ptr call;
};

/// What a subsystem says to a call, at once or later.
struct answered {
  call_ptr call;
  answer said;
};

} // namespace cordon::actors

// Sent inside one process only: they carry pointers to immutable values.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::run_request_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::control_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::ending_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::path_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::process_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::answered)

CAF_BEGIN_TYPE_ID_BLOCK(cordon, caf::first_custom_type_id)

  CAF_ADD_TYPE_ID(cordon, (cordon::actors::run_request_ptr))
  CAF_ADD_TYPE_ID(cordon, (cordon::actors::control_ptr))
  CAF_ADD_TYPE_ID(cordon, (cordon::actors::ending_ptr))
  CAF_ADD_TYPE_ID(cordon, (cordon::actors::path_request))
  CAF_ADD_TYPE_ID(cordon, (cordon::actors::process_request))
  CAF_ADD_TYPE_ID(cordon, (cordon::actors::answered))

  CAF_ADD_ATOM(cordon, cordon::actors, run_atom, "run")
  CAF_ADD_ATOM(cordon, cordon::actors, signal_atom, "signal")
  CAF_ADD_ATOM(cordon, cordon::actors, kill_atom, "kill")
  CAF_ADD_ATOM(cordon, cordon::actors, ended_atom, "ended")
  CAF_ADD_ATOM(cordon, cordon::actors, started_atom, "started")
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

/// SANDBOX: one confined run, from start to end.
using sandbox_actor = caf::typed_actor<
    // Starts the program and answers when the run is over and nothing of it
    // lives. One run a sandbox: a second request is an error.
    caf::replies_to<run_atom, run_request_ptr>::with<ending_ptr>,
    // Sends a signal to the program. Ignored before the start and after the
    // end.
    caf::reacts_to<signal_atom, int>,
    // Ends the run; the answer to `run` follows.
    caf::reacts_to<kill_atom>,
    // From the watcher: the program was started. Internal.
    caf::reacts_to<started_atom, control_ptr>,
    // From the watcher: the run is over. Internal.
    caf::reacts_to<ended_atom, ending_ptr>,
    // From the watcher: the run could not start, and why. Internal.
    caf::reacts_to<failed_atom, std::string>>;

} // namespace cordon::actors
