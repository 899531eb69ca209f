// METADATA: modes, owners, times and extended attributes, changed on the
// target's behalf under the write rule. Landlock does not see these calls, so
// none of them is ever passed.
#pragma once

#include "actors/subsystem.hpp"
#include "core/metadata/write_roots.hpp"
#include "core/notify/calls.hpp"

namespace cordon::actors {

class metadata final : public subsystem<path_actor> {
public:
  /// `kernel` tells whether a caller still waits.
  metadata(caf::actor_config& config, lane_ptr home,
           std::shared_ptr<notify::calls> kernel,
           cordon::metadata::write_roots roots);

  behavior_type make_behavior() override;

private:
  [[nodiscard]] answer change(const notify::request& wanted);

  std::shared_ptr<notify::calls> kernel_;
  cordon::metadata::write_roots roots_;
  notify::caller_fds fds_;
};

} // namespace cordon::actors
