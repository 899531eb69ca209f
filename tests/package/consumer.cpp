// A service that runs one confined program, without actors and with.
#include "actors/run.hpp"
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
  actors::run_request request;
  request.profile = *profile;
  request.command = {"true"};
  request.env = {"PATH=/usr/bin"};
  request.keeper = argv[1];

  // The plain call, first.
  const auto plain = cordon::run(request);
  if (!plain || plain->ending.status != 0)
    return 3;

  int status = 1;
  self->request(system.spawn(actors::sandbox), caf::infinite,
                actors::run_atom_v,
                std::make_shared<const actors::run_request>(request))
      .receive(
          [&](const actors::run_result_ptr& r) { status = r->ending.status; },
          [](const caf::error& e) { std::puts(to_string(e).c_str()); });
  return status;
}
