#include "actors/sandbox.hpp"
#include "core/landlock/ruleset.hpp"
#include "policy/profile_builder.hpp"
#include "tests/support/actor_service.hpp"

#include <catch2/catch.hpp>

#include <signal.h>

#include <atomic>
#include <chrono>
#include <iostream>
#include <thread>

using namespace cordon;
using namespace cordon::actors;

namespace {

using service = cordon::test::actor_service;

/// Below ABI 6 a profile must say that it can do without the signal scope.
policy::profile_builder base() {
  policy::profile_builder builder;
  builder.read("/usr").read_if_exists("/bin").read_if_exists("/lib");
  builder.read_if_exists("/lib64");
  return builder.allow_degraded(policy::protection::signal_scope);
}

run_request_ptr request(std::vector<std::string> command,
                        const policy::profile_builder& builder = base()) {
  return std::make_shared<const run_request>(run_request{*builder.try_build(),
                                                         std::move(command),
                                                         {"PATH=/usr/bin"},
                                                         CORDON_KEEPER});
}

bool lacks_landlock() {
  if (landlock::probe_abi() > 0)
    return false;
  std::cout << "SKIPPED: this kernel has no Landlock\n";
  return true;
}

} // namespace

TEST_CASE("a sandbox runs a program and tells how it ended", "[sandbox]") {
  if (lacks_landlock())
    return;
  service s;
  caf::scoped_actor self{s.system};
  const auto box = s.system.spawn(sandbox);

  self->request(box, caf::infinite, run_atom_v, request({"sh", "-c", "exit 7"}))
      .receive(
          [](const ending_ptr& end) {
            CHECK(end->kind == process::ending::how::exited);
            CHECK(end->status == 7);
          },
          [](const caf::error& e) { FAIL(to_string(e)); });
}

TEST_CASE("killing a sandbox ends its run", "[sandbox]") {
  if (lacks_landlock())
    return;
  service s;
  caf::scoped_actor self{s.system};
  const auto box = s.system.spawn(sandbox);

  auto answer = self->request(box, caf::infinite, run_atom_v,
                              request({"sleep", "1000"}));
  self->send(box, kill_atom_v);
  answer.receive(
      [](const ending_ptr& end) {
        CHECK(end->kind == process::ending::how::signaled);
      },
      [](const caf::error& e) { FAIL(to_string(e)); });
}

TEST_CASE("a signal reaches the program", "[sandbox]") {
  if (lacks_landlock())
    return;
  service s;
  caf::scoped_actor self{s.system};
  const auto box = s.system.spawn(sandbox);

  auto answer = self->request(
      box, caf::infinite, run_atom_v,
      request(
          {"sh", "-c", "trap 'exit 5' USR1; while :; do sleep 0.01; done"}));
  // Before the shell's trap is there the signal ends it: either way it came.
  // Until the program is started it is ignored, so it is sent more than once.
  std::atomic<bool> done = false;
  std::thread sender{[&] {
    while (!done) {
      caf::anon_send(box, signal_atom_v, SIGUSR1);
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }};
  answer.receive(
      [](const ending_ptr& end) {
        CHECK((end->status == 5 || end->status == SIGUSR1));
      },
      [](const caf::error& e) { FAIL(to_string(e)); });
  done = true;
  sender.join();
}

TEST_CASE("a sandbox runs one program only", "[sandbox]") {
  if (lacks_landlock())
    return;
  service s;
  caf::scoped_actor self{s.system};
  const auto box = s.system.spawn(sandbox);
  const auto wanted = request({"true"});

  auto first = self->request(box, caf::infinite, run_atom_v, wanted);
  auto second = self->request(box, caf::infinite, run_atom_v, wanted);
  second.receive(
      [](const ending_ptr&) { FAIL("ran twice"); },
      [](const caf::error& e) { CHECK(e == caf::sec::invalid_argument); });
  first.receive([](const ending_ptr& end) { CHECK(end->status == 0); },
                [](const caf::error& e) { FAIL(to_string(e)); });
}

TEST_CASE("a run that cannot start says why", "[sandbox]") {
  if (lacks_landlock())
    return;
  service s;
  caf::scoped_actor self{s.system};
  const auto box = s.system.spawn(sandbox);

  self->request(box, caf::infinite, run_atom_v,
                request({"true"}, base().read("/no/such/path", "my rule")))
      .receive([](const ending_ptr&) { FAIL("started"); },
               [](const caf::error& e) {
                 CHECK(to_string(e).find("my rule") != std::string::npos);
               });
}

TEST_CASE("a sandbox that goes away takes its run with it", "[sandbox]") {
  if (lacks_landlock())
    return;
  service s;
  {
    caf::scoped_actor self{s.system};
    auto box = s.system.spawn(sandbox);
    self->send(box, run_atom_v, request({"sleep", "1000"}));
    self->send_exit(box, caf::exit_reason::user_shutdown);
  }
  // The system's destructor waits for the watcher: it hangs if the run lives.
  SUCCEED();
}
