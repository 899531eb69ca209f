// An actor system that knows cordon's messages.
#pragma once

#include "actors/interfaces.hpp"

#include <caf/all.hpp>

namespace cordon::test {

struct actor_service {
  caf::actor_system_config config;
  caf::actor_system system;

  actor_service()
      : system(with_types(config)) {
  }

  static caf::actor_system_config& with_types(caf::actor_system_config& c) {
    c.add_message_types<caf::id_block::cordon>();
    return c;
  }
};

} // namespace cordon::test
