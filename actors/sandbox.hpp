// SANDBOX: one confined run behind a typed actor.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/watcher.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace cordon::actors {

/// Has a run made by somebody who then tells the sandbox of it: the watcher, or
/// a test.
using run_maker = std::function<void(sandbox_actor::pointer self,
                                     const run_request_ptr&, const leash_ptr&)>;

/// What a sandbox knows. Touched by itself only.
struct sandbox_state {
  static inline const char* name = "sandbox";

  sandbox_actor::pointer self = nullptr;
  run_maker make_run;
  bool requested = false;
  bool is_running = false;
  caf::typed_response_promise<pipe_ends_ptr> starting; ///< of `start`
  std::vector<caf::typed_response_promise<run_result_ptr>> waiting;
  std::vector<denial_actor> listeners;
  control_ptr control; ///< set while there is somebody to signal
  shown_run shown;     ///< hidden with the state, or at the end
  unique_fd leash;     ///< closed with the state, or by `kill`: ends the run
  std::optional<caf::expected<run_result_ptr>> end;

  caf::result<pipe_ends_ptr> start(const run_request_ptr& request);
  caf::result<run_result_ptr> run(const run_request_ptr& request);
  caf::result<run_result_ptr> wait();
  void signal(int number) const;
  void kill();
  void running(const pipe_ends_ptr& ends);
  void denied(const denial& what);
  void ended(caf::expected<run_result_ptr> how);

private:
  caf::error begin(const run_request_ptr& request);
};

/// Spawn with `system.spawn(actors::sandbox)`.
sandbox_actor::behavior_type
sandbox(sandbox_actor::stateful_pointer<sandbox_state> self);

/// The same with somebody else to make the run.
sandbox_actor::behavior_type
sandbox_with(sandbox_actor::stateful_pointer<sandbox_state> self,
             run_maker make_run);

} // namespace cordon::actors
