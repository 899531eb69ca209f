// A service with actors that runs one confined program.
#include "actors/sandbox.hpp"
#include "policy/profile_builder.hpp"

#include <cstdio>

using namespace cordon;

int main(int argc, char** argv) {
  if (argc != 2)
    return 2; // expected the keeper's path
  caf::actor_system_config config;
  config.add_message_types<caf::id_block::cordon>();
  caf::actor_system system{config};
  caf::scoped_actor self{system};

  const auto profile = policy::profile_builder{}
                           .read("/usr")
                           .read_if_exists("/bin")
                           .read_if_exists("/lib")
                           .read_if_exists("/lib64")
                           .allow_degraded(policy::protection::signal_scope)
                           .try_build();
  const auto request = std::make_shared<const actors::run_request>(
      actors::run_request{*profile, {"true"}, {"PATH=/usr/bin"}, argv[1]});

  int status = 1;
  self->request(system.spawn(actors::sandbox), caf::infinite,
                actors::run_atom_v, request)
      .receive([&](const actors::ending_ptr& end) { status = end->status; },
               [](const caf::error& e) { std::puts(to_string(e).c_str()); });
  return status;
}
