// embedder KEEPER PROGRAM [ARGUMENTS…]: a service with two runs of PROGRAM at
// once, one through an actor and one plain. Says "ready" when both run, and
// waits for their end. Reading everything but what is granted to nobody: the
// tests look at what becomes of the processes.
#include "actors/quiet_config.hpp"
#include "actors/run.hpp"
#include "actors/sandbox.hpp"
#include "policy/profile_builder.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <cstdio>

using namespace cordon;

int main(int argc, char** argv) {
  if (argc < 3)
    return 2;
  const auto profile = policy::profile_builder{}
                           .read("/")
                           .max_processes(300)
                           .allow_degraded(policy::protection::signal_scope)
                           .try_build();
  const auto plan = policy::compile(*profile, argv[1]);
  if (!plan) {
    std::fprintf(stderr, "%s\n", plan.error().line().c_str());
    return 3;
  }
  run_request request;
  request.plan = *plan;
  request.command.assign(argv + 2, argv + argc);
  for (char** each = environ; *each != nullptr; ++each)
    request.env.emplace_back(*each);
  request.out = stream::null;

  actors::quiet_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  const auto box = system.spawn(actors::sandbox);
  auto plain = start(request);
  bool runs = plain.has_value();
  self->request(box, caf::infinite, actors::start_atom_v,
                std::make_shared<const run_request>(request))
      .receive([](const actors::pipe_ends_ptr&) {},
               [&](const caf::error&) { runs = false; });
  if (!runs)
    return 4;
  std::puts("ready");
  std::fflush(stdout);
  int status = 5;
  self->request(box, caf::infinite, actors::wait_atom_v)
      .receive(
          [&](const actors::run_result_ptr& r) { status = r->ending.status; },
          [](const caf::error&) {});
  const auto other = plain->wait();
  return other && other->ending.status == status ? status : 6;
}
