#include "actors/sandbox.hpp"
#include "tests/support/actor_service.hpp"
#include "tests/support/embedding.hpp"

#include <catch2/catch.hpp>

#include <signal.h>
#include <unistd.h>

#include <future>

using namespace cordon;
using namespace cordon::actors;
using cordon::test::base_profile;
using cordon::test::lacks_landlock;

namespace {

using service = cordon::test::actor_service;
using how = process::ending::how;

run_request_ptr share(run_request request) {
  return std::make_shared<const run_request>(std::move(request));
}

run_request_ptr request(std::vector<std::string> command) {
  return share(test::request_of(std::move(command)));
}

[[noreturn]] void fail_with(const caf::error& e) {
  FAIL(to_string(e));
  throw std::logic_error("not reached");
}

/// What a sandbox answers to a run.
run_result run(service& s, const run_request_ptr& what) {
  caf::scoped_actor self{s.system};
  run_result got;
  self->request(s.system.spawn(sandbox), caf::infinite, run_atom_v, what)
      .receive([&](const run_result_ptr& result) { got = *result; }, fail_with);
  return got;
}

/// Reads to the end of file.
std::string read_all(const unique_fd& from) {
  std::string all;
  char bytes[4096];
  for (ssize_t n; (n = ::read(from.get(), bytes, sizeof bytes)) > 0;)
    all.append(bytes, static_cast<std::size_t>(n));
  return all;
}

} // namespace

TEST_CASE("a sandbox runs a program and tells how it ended", "[sandbox]") {
  if (lacks_landlock())
    return;
  service s;

  const auto result = run(s, request({"sh", "-c", "exit 7"}));

  CHECK(result.ending.kind == how::exited);
  CHECK(result.ending.status == 7);
}

TEST_CASE("a sandbox says when its program runs, and how it went later",
          "[sandbox]") {
  if (lacks_landlock())
    return;
  service s;
  caf::scoped_actor self{s.system};
  const auto box = s.system.spawn(sandbox);
  auto wanted = test::request_of({"sh", "-c", "read word; echo got $word"});
  wanted.in = wanted.out = stream::pipe;
  pipe_ends ends;

  self->request(box, caf::infinite, start_atom_v, share(wanted))
      .receive([&](const pipe_ends_ptr& got) { ends = std::move(*got); },
               fail_with);
  REQUIRE(ends.in);
  REQUIRE(ends.out);
  CHECK_FALSE(ends.err);
  REQUIRE(::write(ends.in.get(), "this\n", 5) == 5);
  CHECK(read_all(ends.out) == "got this\n");
  for (int twice = 0; twice < 2; ++twice)
    self->request(box, caf::infinite, wait_atom_v)
        .receive([](const run_result_ptr& r) { CHECK(r->ending.status == 0); },
                 fail_with);
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
      [](const run_result_ptr& r) { CHECK(r->ending.kind == how::signaled); },
      fail_with);
}

TEST_CASE("a signal reaches the program", "[sandbox]") {
  if (lacks_landlock())
    return;
  service s;
  caf::scoped_actor self{s.system};
  const auto box = s.system.spawn(sandbox);
  auto wanted = test::request_of(
      {"sh", "-c", "trap 'exit 5' USR1; echo; while :; do sleep 0.01; done"});
  wanted.out = stream::pipe;
  pipe_ends ends;

  self->request(box, caf::infinite, start_atom_v, share(wanted))
      .receive([&](const pipe_ends_ptr& got) { ends = std::move(*got); },
               fail_with);
  char line = 0;
  REQUIRE(::read(ends.out.get(), &line, 1) == 1); // the trap is there
  self->send(box, signal_atom_v, SIGUSR1);
  self->request(box, caf::infinite, wait_atom_v)
      .receive([](const run_result_ptr& r) { CHECK(r->ending.status == 5); },
               fail_with);
}

TEST_CASE("a run that cannot start says why", "[sandbox]") {
  if (lacks_landlock())
    return;
  service s;
  caf::scoped_actor self{s.system};
  auto missing = test::request_of(
      {"true"}, base_profile().read("/no/such/path", "my rule"));
  auto nowhere = test::request_of({"true"});
  nowhere.cwd = "/no/such/place";
  const std::pair<run_request, std::string> wanted[]
      = {{missing, "my rule"},
         {nowhere, "/no/such/place"},
         {test::request_of({"no-such-program"}), "no-such-program"},
         // The wall is there before the program: it may not be executed.
         {test::request_of({"/etc/passwd"}), "/etc/passwd"}};

  for (const auto& [what, why] : wanted)
    for (const bool whole : {false, true}) {
      const auto box = s.system.spawn(sandbox);
      const auto check = [&, &w = why](const caf::error& e) {
        CHECK(e == caf::sec::runtime_error);
        CHECK_THAT(to_string(e), Catch::Contains(w));
      };
      if (whole)
        self->request(box, caf::infinite, run_atom_v, share(what))
            .receive([](const run_result_ptr&) { FAIL("ran"); }, check);
      else
        self->request(box, caf::infinite, start_atom_v, share(what))
            .receive([](const pipe_ends_ptr&) { FAIL("started"); }, check);
    }
}

TEST_CASE("refused calls are told as they happen, and with the result",
          "[sandbox]") {
  if (lacks_landlock())
    return;
  service s;
  caf::scoped_actor self{s.system};
  const auto box = s.system.spawn(sandbox);
  std::promise<denial> first;
  const auto listener
      = s.system.spawn([&first]() -> denial_actor::behavior_type {
          return {[&first, done = false](const denial& what) mutable {
            if (!std::exchange(done, true))
              first.set_value(what);
          }};
        });
  self->send(box, denials_atom_v, listener);

  self->request(box, caf::infinite, run_atom_v,
                request({"chmod", "600", "/usr/bin/env"}))
      .receive(
          [](const run_result_ptr& r) {
            CHECK(r->denial_count == 1);
            REQUIRE(r->denials.size() == 1);
            CHECK(r->denials[0].subject.ends_with("/bin/env"));
          },
          fail_with);
  const auto told = first.get_future().get();
  CHECK(told.operation == "chmod");
  CHECK(told.error == EACCES);
  CHECK(told.subject.ends_with("/bin/env"));
  CHECK_THAT(told.rule, Catch::Contains("no write grant covers"));
  CHECK_THAT(told.remedy, Catch::StartsWith("--fs-write /"));
}

TEST_CASE("eight sandboxes at once, each with its own outcome", "[sandbox]") {
  if (lacks_landlock())
    return;
  service s;
  caf::scoped_actor self{s.system};
  const auto plan
      = policy::compile(*base_profile().try_build(), test::keeper_path());
  REQUIRE(plan);
  constexpr int count = 8;
  int seen = 0;

  for (int i = 0; i < count; ++i) {
    auto wanted = test::captured({"sh", "-c",
                                  "chmod 600 /usr/bin/env; echo $1; exit $1",
                                  "sh", std::to_string(i)});
    wanted.plan = *plan;
    self->request(s.system.spawn(sandbox), caf::infinite, run_atom_v,
                  share(std::move(wanted)))
        .receive(
            [&, i](const run_result_ptr& r) {
              ++seen;
              CHECK(r->ending.status == i);
              CHECK(r->out.bytes == std::to_string(i) + "\n");
              CHECK(r->denial_count == 1);
            },
            fail_with);
  }
  CHECK(seen == count);
}
