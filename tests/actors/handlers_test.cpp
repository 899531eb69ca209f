// Code of the embedding program answers trapped calls of real programs.
#include "actors/handler_actor.hpp"
#include "actors/run.hpp"
#include "actors/sandbox.hpp"
#include "core/syscall/never_trapped.hpp"
#include "core/syscall/table.hpp"
#include "tests/support/actor_service.hpp"
#include "tests/support/embedding.hpp"

#include <catch2/catch.hpp>

#include <signal.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include <atomic>
#include <cstring>

using namespace cordon;
using cordon::test::base_profile;
using cordon::test::lacks_landlock;
using syscall::operation;

namespace {

run_result done(const run_request& request) {
  auto result = cordon::run(request);
  if (!result)
    FAIL(result.error().line());
  return std::move(*result);
}

run_request with(std::vector<std::string> command,
                 std::vector<user_handler> handlers) {
  auto made = test::captured(std::move(command));
  made.handlers = std::move(handlers);
  return made;
}

/// Writes a kernel name of its own into the caller of uname(2).
answer rename_kernel(const handler_call& call) {
  utsname made{};
  std::strcpy(made.sysname, "Elsewhere");
  const auto written
      = call.write(call.asked().args[0], std::as_bytes(std::span{&made, 1}));
  return answer::of(written ? 0 : written.error().code);
}

bool opens(const handler_call& call, const std::string& path) {
  return call.asked().where.path == path;
}

} // namespace

TEST_CASE("what no handler may have is refused before the start, each with its "
          "reason",
          "[handlers]") {
  if (lacks_landlock())
    return;
  const auto reason
      = [](policy::handled_call what, const policy::profile_builder& builder) {
          const auto plan = policy::compile(*builder.try_build(),
                                            test::keeper_path(), {what});
          return plan ? "accepted" : plan.error().line();
        };
  const auto base = base_profile();

  CHECK_THAT(reason(-1, base), Catch::Contains("from 0 on"));
  CHECK_THAT(reason(100'000, base), Catch::Contains("no system call"));
  CHECK_THAT(reason(SYS_mount, base), Catch::Contains("denied"));
  CHECK_THAT(reason(SYS_sysinfo,
                    policy::profile_builder{base}.deny_syscall("sysinfo")),
             Catch::Contains("denied"));
  CHECK_THAT(reason(SYS_chmod, base), Catch::Contains("operation, chmod"));
  CHECK_THAT(reason(operation::trace, base), Catch::Contains("handlers may"));
  for (const int number :
       {SYS_read, SYS_write, SYS_close, SYS_recvmsg, SYS_wait4, SYS_munmap,
        SYS_futex, SYS_exit_group, SYS_rt_sigaction})
    CHECK_THAT(reason(number, base), Catch::Contains("never trapped"));
  CHECK(reason(SYS_uname, base) == "accepted");
  CHECK(reason(operation::open, base) == "accepted");
}

TEST_CASE("a handler answers a number that has no row, writing into its caller",
          "[handlers]") {
  if (lacks_landlock())
    return;
  const bool on_worker = GENERATE(false, true);

  const auto result
      = done(with({"uname", "-s"}, {{SYS_uname, rename_kernel, on_worker}}));

  CHECK(result.out.bytes == "Elsewhere\n");
}

TEST_CASE("a handler injects bytes for a file that does not exist",
          "[handlers]") {
  if (lacks_landlock())
    return;

  const auto result
      = done(with({"cat", "/made/up"},
                  {{operation::open, [](const handler_call& call) {
                      return opens(call, "/made/up") ? give_bytes("synthetic\n")
                                                     : answer{};
                    }}}));

  INFO(result.err.bytes);
  CHECK(result.out.bytes == "synthetic\n");
  CHECK(result.ending.status == 0);
}

TEST_CASE("the first handler that answers wins, and the kernel when none does",
          "[handlers]") {
  if (lacks_landlock())
    return;
  std::atomic<int> first = 0, second = 0;
  const user_handler looks{operation::open, [&](const handler_call&) {
                             ++first;
                             return answer{};
                           }};
  const user_handler refuses{operation::open, [&](const handler_call& call) {
                               ++second;
                               return opens(call, "/usr/lib/os-release")
                                          ? answer::fail(EMFILE)
                                          : answer::let_pass();
                             }};

  const auto result
      = done(with({"cat", "/usr/lib/os-release"}, {looks, refuses}));
  CHECK_THAT(result.err.bytes, Catch::Contains("Too many open files"));
  CHECK(first == second);
  CHECK(second > 1);

  second = 0;
  CHECK(done(with({"cat", "/usr/lib/os-release"}, {looks})).ending.status == 0);
}

TEST_CASE("an exec handler sees path and arguments", "[handlers]") {
  if (lacks_landlock())
    return;
  std::vector<std::string> seen;

  const auto result = done(
      with({"sh", "-c", "env echo word"},
           {{operation::exec, [&](const handler_call& call) {
               const auto argv = call.argv();
               if (argv && !argv->empty() && argv->back() == "word")
                 seen.push_back(*call.asked().where.path + " " + argv->front());
               return answer{};
             }}}));

  CHECK(result.out.bytes == "word\n");
  REQUIRE(seen.size() >= 2);
  CHECK_THAT(seen.front(), Catch::EndsWith("/env env"));
  CHECK_THAT(seen.back(), Catch::EndsWith("/echo echo"));
}

TEST_CASE("a handler that throws ends its run with a clear error, and no other",
          "[handlers]") {
  if (lacks_landlock())
    return;
  const bool on_worker = GENERATE(false, true);
  auto other = cordon::start(with({"sleep", "1000"}, {}));
  REQUIRE(other);

  const auto result
      = cordon::run(with({"sh", "-c", "uname; sleep 1000"},
                         {{SYS_uname,
                           [](const handler_call&) -> answer {
                             throw std::runtime_error("broken on purpose");
                           },
                           on_worker}}));

  REQUIRE_FALSE(result);
  CHECK_THAT(result.error().line(), Catch::Contains("failed"));
  other->signal(SIGTERM);
  const auto end = other->wait();
  REQUIRE(end);
  CHECK(end->ending.status == SIGTERM);
}

TEST_CASE("an answer after the caller's death does no harm to the run",
          "[handlers]") {
  if (lacks_landlock())
    return;
  const bool on_worker = GENERATE(false, true);

  const auto result
      = done(with({"sh", "-c", "uname; uname; echo $?"},
                  {{SYS_uname,
                    [](const handler_call& call) {
                      ::kill(call.asked().tid, SIGKILL);
                      char byte = 0;
                      // Either still there or gone: an errno, never somebody
                      // else's memory.
                      static_cast<void>(call.read(
                          call.asked().args[0],
                          std::as_writable_bytes(std::span{&byte, 1})));
                      return answer::give(0);
                    },
                    on_worker}}));

  CHECK(result.ending.status == 0);
  CHECK_THAT(result.out.bytes, Catch::EndsWith("\n"));
}

TEST_CASE("an actor answers, and an unanswered call does not stop the others",
          "[handlers]") {
  if (lacks_landlock())
    return;
  test::actor_service s;
  caf::scoped_actor self{s.system};
  std::vector<caf::typed_response_promise<answer>> kept;
  const auto silent
      = s.system.spawn([&kept](actors::handler_actor::pointer own)
                           -> actors::handler_actor::behavior_type {
          return {[&kept, own](const actors::handler_call_ptr& call)
                      -> caf::result<answer> {
            if (call->asked().number == SYS_uname)
              return rename_kernel(*call);
            kept.push_back(own->make_response_promise<answer>());
            return kept.back();
          }};
        });
  auto wanted = with({"sh", "-c", "timeout 100 env ls --version & uname -s"},
                     {actors::handled_by(SYS_uname, silent),
                      actors::handled_by(SYS_sysinfo, silent)});

  self->request(s.system.spawn(actors::sandbox), caf::infinite,
                actors::run_atom_v, std::make_shared<const run_request>(wanted))
      .receive(
          [](const actors::run_result_ptr& r) {
            CHECK_THAT(r->out.bytes, Catch::Contains("Elsewhere\n"));
          },
          [](const caf::error& e) { FAIL(to_string(e)); });
  kept.clear();
}

TEST_CASE("a run whose plan was not compiled for its handlers is refused",
          "[handlers]") {
  if (lacks_landlock())
    return;
  auto wanted = with({"true"}, {{SYS_uname, rename_kernel}});
  const auto plan
      = policy::compile(*base_profile().try_build(), test::keeper_path());
  REQUIRE(plan);
  wanted.plan = *plan;

  const auto result = cordon::run(wanted);

  REQUIRE_FALSE(result);
  CHECK_THAT(result.error().line(), Catch::Contains("compiled"));
}

TEST_CASE(
    "with every call trapped that may be, a program still starts and ends",
    "[handlers]") {
  if (lacks_landlock())
    return;
  std::vector<user_handler> all;
  std::atomic<int> seen = 0;
  const auto look = [&](const handler_call&) {
    ++seen;
    return answer{};
  };
  const auto builder = base_profile().max_processes(20);
  const auto accepted = [&](policy::handled_call what) {
    return policy::compile(*builder.try_build(), test::keeper_path(), {what})
        .has_value();
  };
  for (const auto& row : syscall::rows())
    if (const int n = row.number_on(syscall::native);
        n != syscall::absent && accepted(n))
      all.push_back({n, look});
  for (std::size_t op = 0; op < syscall::operation_count; ++op)
    if (const auto what = static_cast<operation>(op); accepted(what))
      all.push_back({what, look});
  REQUIRE(all.size() > 150);

  auto wanted = test::captured({"true"}, builder);
  wanted.handlers = std::move(all);
  const auto result = done(wanted);

  CHECK(result.ending.kind == process::ending::how::exited);
  CHECK(result.ending.status == 0);
  CHECK(seen > 20);
}
