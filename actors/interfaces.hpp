// The typed protocols of all actors: one comment a message.
#pragma once

#include "core/notify/notification.hpp"
#include "core/notify/request.hpp"
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

/// A trapped call on its way to the listener actor, which answers it.
using trapped_ptr = std::shared_ptr<notify::notification>;

/// A decoded call, one type a family; immutable and shared.
using request_ptr = std::shared_ptr<const notify::request>;
struct path_request {
  request_ptr what;
};
struct process_request {
  request_ptr what;
};

/// What a subsystem says to a request. Nothing else reaches the kernel.
struct answer {
  enum class kind : std::uint8_t {
    next,  ///< not mine: ask the next on the route
    pass,  ///< let the kernel run it; permits nothing
    error, ///< fails with `error`
    value, ///< returns `result`
  };
  kind what = kind::next;
  int error = 0;
  std::int64_t result = 0;
  /// Of a refusal by policy: what it was about, for messages; else empty.
  std::string about = {};

  static answer let_pass() {
    return {kind::pass};
  }
  static answer fail(int code, std::string about = {}) {
    return {kind::error, code, 0, std::move(about)};
  }
  static answer give(std::int64_t value) {
    return {kind::value, 0, value};
  }
  /// 0 returns 0, an errno fails with it.
  static answer of(int code) {
    return code == 0 ? give(0) : fail(code);
  }
};

} // namespace cordon::actors

// Sent inside one process only: they carry pointers to immutable values.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::run_request_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::control_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::ending_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::trapped_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::path_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::process_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cordon::actors::answer)

CAF_BEGIN_TYPE_ID_BLOCK(cordon, caf::first_custom_type_id)

  CAF_ADD_TYPE_ID(cordon, (cordon::actors::run_request_ptr))
  CAF_ADD_TYPE_ID(cordon, (cordon::actors::control_ptr))
  CAF_ADD_TYPE_ID(cordon, (cordon::actors::ending_ptr))
  CAF_ADD_TYPE_ID(cordon, (cordon::actors::trapped_ptr))
  CAF_ADD_TYPE_ID(cordon, (cordon::actors::path_request))
  CAF_ADD_TYPE_ID(cordon, (cordon::actors::process_request))
  CAF_ADD_TYPE_ID(cordon, (cordon::actors::answer))

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

/// LISTENER: answers every trapped call, asking the subsystem it is for.
using listener_actor = caf::typed_actor<
    // A call that waits. Internal: from the lane's own loop.
    caf::reacts_to<trapped_ptr>,
    // The keeper no longer traces this thread. Internal.
    caf::reacts_to<untraced_atom, std::int32_t>,
    // The keeper traces this thread already. Internal.
    caf::reacts_to<traced_atom, std::int32_t>>;

/// A subsystem that answers for calls about files.
using path_actor
    = caf::typed_actor<caf::replies_to<path_request>::with<answer>>;

/// A subsystem that answers for calls about processes.
using process_actor
    = caf::typed_actor<caf::replies_to<process_request>::with<answer>>;

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
