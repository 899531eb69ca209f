// The actor system of a supervisor that has nothing else to do.
#pragma once

#include "actors/interfaces.hpp"

namespace cordon::actors {

/// Two workers that sleep when there is nothing to do: a supervisor that waits
/// must not wake anybody up.
class quiet_config : public caf::actor_system_config {
public:
  quiet_config() {
    add_message_types<caf::id_block::cordon>();
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::size_t{2});
    set("logger.verbosity", caf::atom("quiet"));
  }
};

} // namespace cordon::actors
