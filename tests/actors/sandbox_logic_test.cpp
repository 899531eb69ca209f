// SANDBOX by itself: the test is what makes its run, and CAF's scheduler runs
// an actor only when it is told to.
#include "actors/sandbox.hpp"
#include "tests/support/actor_service.hpp"
#include "tests/support/embedding.hpp"

#include <caf/scheduler/test_coordinator.hpp>
#include <catch2/catch.hpp>

#include <fcntl.h>
#include <poll.h>

using namespace cordon;
using namespace cordon::actors;

namespace {

using coordinator = caf::scheduler::test_coordinator;

struct bench {
  caf::actor_system_config config;
  caf::actor_system system;
  coordinator& schedule;
  leash_ptr leash; ///< of the run that was made
  int made = 0;
  sandbox_actor box;
  caf::scoped_actor self;

  bench()
      : system(prepared(config))
      , schedule(dynamic_cast<coordinator&>(system.scheduler()))
      , box(system.spawn(sandbox_with,
                         run_maker{[this](auto, const auto&, const auto& l) {
                           ++made;
                           leash = l;
                         }}))
      , self(system) {
    schedule.run();
  }
  ~bench() {
    caf::anon_send_exit(box, caf::exit_reason::user_shutdown);
    box = nullptr;
    schedule.run();
  }
  bench(const bench&) = delete;
  bench& operator=(const bench&) = delete;

  static caf::actor_system_config& prepared(caf::actor_system_config& c) {
    test::actor_service::with_types(c);
    c.set("scheduler.policy", caf::atom("testing"));
    return c;
  }

  template <class... Ts>
  auto ask(Ts&&... words) {
    auto handle = self->request(box, caf::infinite, std::forward<Ts>(words)...);
    schedule.run();
    return handle;
  }
  template <class... Ts>
  void tell(Ts&&... words) {
    self->send(box, std::forward<Ts>(words)...);
    schedule.run();
  }
  /// Whether the run has been told to end.
  [[nodiscard]] bool let_go() const {
    pollfd one{leash->get(), POLLIN, 0};
    return ::poll(&one, 1, 0) == 1;
  }
};

run_request_ptr some_request() {
  return std::make_shared<const run_request>(test::request_of({"true"}));
}

run_result_ptr result_of(int status) {
  run_result made;
  made.ending.kind = process::ending::how::exited;
  made.ending.status = status;
  return std::make_shared<const run_result>(made);
}

constexpr auto no_result = [](const run_result_ptr&) { FAIL("a result"); };
constexpr auto no_error
    = [](const caf::error& e) { FAIL("an error: " << to_string(e)); };

} // namespace

TEST_CASE("start is answered when the program runs, wait when it is over",
          "[sandbox]") {
  bench b;
  auto started = b.ask(start_atom_v, some_request());
  auto over = b.ask(wait_atom_v);
  CHECK(b.made == 1);

  b.tell(running_atom_v, std::make_shared<pipe_ends>());
  started.receive([](const pipe_ends_ptr& ends) { CHECK(ends != nullptr); },
                  no_error);
  b.tell(ended_atom_v, result_of(3));
  over.receive([](const run_result_ptr& r) { CHECK(r->ending.status == 3); },
               no_error);
  // Whoever comes later hears the same.
  b.ask(wait_atom_v)
      .receive([](const run_result_ptr& r) { CHECK(r->ending.status == 3); },
               no_error);
}

TEST_CASE("a program that did not start fails start, run and wait alike",
          "[sandbox]") {
  bench b;
  auto started = b.ask(start_atom_v, some_request());
  auto over = b.ask(wait_atom_v);

  b.tell(failed_atom_v, std::string{"no such thing"});

  const auto check = [](const caf::error& e) {
    CHECK(e == caf::sec::runtime_error);
    CHECK_THAT(to_string(e), Catch::Contains("no such thing"));
  };
  started.receive([](const pipe_ends_ptr&) { FAIL("started"); }, check);
  over.receive(no_result, check);
  b.ask(wait_atom_v).receive(no_result, check);
}

TEST_CASE("a sandbox runs one program only", "[sandbox]") {
  bench b;
  auto first = b.ask(run_atom_v, some_request());
  const auto check
      = [](const caf::error& e) { CHECK(e == caf::sec::invalid_argument); };

  b.ask(run_atom_v, some_request()).receive(no_result, check);
  b.ask(start_atom_v, some_request())
      .receive([](const pipe_ends_ptr&) { FAIL("started"); }, check);

  CHECK(b.made == 1);
  b.tell(ended_atom_v, result_of(0));
  first.receive([](const run_result_ptr& r) { CHECK(r->ending.status == 0); },
                no_error);
}

TEST_CASE("a request that makes no sense is refused before anything is made",
          "[sandbox]") {
  bench b;
  auto without_profile = test::request_of({"true"});
  without_profile.profile = nullptr;
  const run_request_ptr wrong[]
      = {nullptr, std::make_shared<const run_request>(without_profile),
         std::make_shared<const run_request>(test::request_of({}))};

  for (const auto& request : wrong)
    b.ask(run_atom_v, request).receive(no_result, [](const caf::error& e) {
      CHECK(e == caf::sec::invalid_argument);
    });
  b.ask(wait_atom_v).receive(no_result, [](const caf::error& e) {
    CHECK(e == caf::sec::invalid_argument);
  });

  CHECK(b.made == 0);
}

TEST_CASE("kill lets the run go, and so does an exit message", "[sandbox]") {
  bench b;
  auto over = b.ask(run_atom_v, some_request());
  CHECK_FALSE(b.let_go());

  SECTION("kill: the answer is how it ended") {
    b.tell(kill_atom_v);
    CHECK(b.let_go());
    b.tell(ended_atom_v, result_of(9));
    over.receive([](const run_result_ptr& r) { CHECK(r->ending.status == 9); },
                 no_error);
  }
  SECTION("exit: the answer is why the sandbox ended") {
    b.self->send_exit(b.box, caf::exit_reason::user_shutdown);
    b.schedule.run();
    CHECK(b.let_go());
    over.receive(no_result, [](const caf::error&) {});
  }
}

TEST_CASE("signals before the start and after the end do no harm",
          "[sandbox]") {
  bench b;
  b.tell(signal_atom_v, 15);
  auto over = b.ask(run_atom_v, some_request());
  b.tell(signal_atom_v, 15);
  b.tell(ended_atom_v, result_of(0));
  b.tell(signal_atom_v, 15);
  b.tell(kill_atom_v);
  over.receive([](const run_result_ptr& r) { CHECK(r->ending.status == 0); },
               no_error);
}

TEST_CASE("denials reach every listener, in their order", "[sandbox]") {
  bench b;
  std::vector<std::string> heard;
  const auto listen = [&heard]() -> denial_actor::behavior_type {
    return {[&heard](const denial& what) { heard.push_back(what.subject); }};
  };
  auto over = b.ask(run_atom_v, some_request());
  b.tell(denials_atom_v, b.system.spawn(listen));
  b.tell(denials_atom_v, b.system.spawn(listen));

  denial refused;
  for (const char* const place : {"/a", "/b"}) {
    refused.subject = place;
    b.tell(refused);
  }

  CHECK(heard == std::vector<std::string>{"/a", "/a", "/b", "/b"});
  b.tell(ended_atom_v, result_of(0));
  over.receive([](const run_result_ptr&) {}, no_error);
}
