// OTHERS: what processes of the sandbox do to each other and Landlock does not
// see: limits, priorities, scheduling; below ABI 6 signals.
#pragma once

#include "actors/subsystem.hpp"
#include "core/notify/calls.hpp"
#include "core/process/members.hpp"

namespace cordon::actors {

class others final : public subsystem<process_actor> {
public:
  others(caf::actor_config& config, lane_ptr home,
         std::shared_ptr<notify::calls> kernel, process::members whom)
      : subsystem(config, std::move(home))
      , kernel_(std::move(kernel))
      , members_(whom) {
  }

  behavior_type make_behavior() override;

private:
  [[nodiscard]] answer handle(const notify::request& asked) const;
  [[nodiscard]] answer told(const notify::request& asked, int error) const;

  std::shared_ptr<notify::calls> kernel_;
  process::members members_;
};

} // namespace cordon::actors
