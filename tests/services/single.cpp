// single KEEPER FACE NAME PROGRAM [ARGUMENTS…]: a service with one run of
// PROGRAM, through an actor or plain (FACE). NAME: "-" for a derived one,
// "none" for a run that is not shown. Says "N refused" when it is over; exits
// with its status, 100 after a signal, or 3 and a line when it did not run.
#include "actors/quiet_config.hpp"
#include "actors/run.hpp"
#include "actors/sandbox.hpp"
#include "policy/profile_builder.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

using namespace cordon;

namespace {

int report(const run_result& how) {
  std::printf("%llu refused\n",
              static_cast<unsigned long long>(how.denial_count));
  return how.ending.kind == process::ending::how::exited ? how.ending.status
                                                         : 100;
}

int report(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  return 3;
}

int through_actor(const run_request& request) {
  actors::quiet_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  int status = 0;
  self->request(system.spawn(actors::sandbox), caf::infinite,
                actors::run_atom_v,
                std::make_shared<const run_request>(request))
      .receive([&](const actors::run_result_ptr& r) { status = report(*r); },
               [&](const caf::error& e) { status = report(to_string(e)); });
  return status;
}

int plain(const run_request& request) {
  const auto done = cordon::run(request);
  return done ? report(*done) : report(done.error().line());
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 5)
    return 2;
  run_request request;
  request.keeper = argv[1];
  request.profile = *policy::profile_builder{}
                         .read("/")
                         .max_processes(9)
                         .allow_degraded(policy::protection::signal_scope)
                         .try_build();
  request.publish = std::strcmp(argv[3], "none") != 0;
  if (request.publish && std::strcmp(argv[3], "-") != 0)
    request.name = argv[3];
  request.command.assign(argv + 4, argv + argc);
  for (char** each = environ; *each != nullptr; ++each)
    request.env.emplace_back(*each);
  return std::strcmp(argv[2], "actor") == 0 ? through_actor(request)
                                            : plain(request);
}
