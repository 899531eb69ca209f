// CONTROL: does what somebody at a run's control endpoint asks for.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/lane.hpp"

#include <functional>
#include <string>

namespace cordon::actors {

/// What CONTROL can do to its run, and what it can tell of it.
struct controls {
  /// Each returns 0 or an errno.
  std::function<int(int signal)> signal;
  std::function<int()> end;
  std::string policy_text; ///< policy::describe_plan
  std::string policy_toml; ///< policy::to_toml
};

class control final : public pinned<control_actor::base> {
public:
  control(caf::actor_config& config, lane_ptr home, controls what);

  behavior_type make_behavior() override;

private:
  void serve(const visit& from);

  controls what_;
};

} // namespace cordon::actors
