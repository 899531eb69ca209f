// SANDBOX: one confined run behind a typed actor.
#pragma once

#include "actors/interfaces.hpp"

namespace cordon::actors {

/// What a sandbox knows. Touched by itself only.
struct sandbox_state {
  static inline const char* name = "sandbox";

  sandbox_actor::pointer self = nullptr;
  caf::response_promise answer; ///< of the `run` request
  bool requested = false;
  control_ptr control; ///< set while the program runs
  unique_fd leash;     ///< closed with the state, or by `kill`: ends the run

  explicit sandbox_state(sandbox_actor::pointer owner = nullptr);
  sandbox_state(const sandbox_state&) = delete;
  sandbox_state& operator=(const sandbox_state&) = delete;
  ~sandbox_state() = default;

  caf::result<ending_ptr> run(const run_request_ptr& request);
  void signal(int number) const;
  void kill();
  void ended(const ending_ptr& end);
  void failed(const std::string& why);
};

/// Spawn with `system.spawn(actors::sandbox)`.
sandbox_actor::behavior_type
sandbox(sandbox_actor::stateful_pointer<sandbox_state> self);

} // namespace cordon::actors
