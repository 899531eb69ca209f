// USER HANDLERS by message, on a lane driven by hand: answers that are not
// carried out, and that come twice.
#include "actors/listener.hpp"
#include "actors/user_handlers.hpp"
#include "tests/support/actor_service.hpp"
#include "tests/support/fake_kernel.hpp"

#include <catch2/catch.hpp>

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace cordon;
using namespace cordon::actors;
using cordon::test::fake_kernel;

namespace {

/// A listener whose only subsystem is handlers of uname(2).
struct stage {
  test::actor_service s; // waits for its actors: whoever holds one ends first
  lane_ptr home = std::make_shared<lane>(s.system);
  std::shared_ptr<fake_kernel> kernel = std::make_shared<fake_kernel>();
  std::string failure;
  listener_actor handle;
  listener* impl = nullptr;
  user_actor handlers;

  stage() = default;
  stage(const stage&) = delete;
  stage& operator=(const stage&) = delete;
  /// As a run ends: what comes later finds nobody.
  ~stage() {
    caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
    home->work();
    caf::anon_send_exit(handlers, caf::exit_reason::user_shutdown);
    home->work();
  }

  void open(user_handler whom, std::vector<int> passable,
            std::chrono::milliseconds limit = user_handlers::longest) {
    routes to;
    to.add_raw(SYS_uname);
    handlers = spawn_on<user_handlers>(
        home, kernel, std::vector{std::move(whom)}, std::move(passable), limit);
    to.add<user_request>(syscall::operation::raw, handlers);
    handle = spawn_on<listener>(
        home, std::move(to),
        listener_reports{[this](const outcome&) { home->stop(); },
                         [this](std::string why) { failure = why; }},
        tracing{});
    impl
        = static_cast<listener*>(caf::actor_cast<caf::abstract_actor*>(handle));
  }
  /// Has a call trapped, and works until it is answered.
  void call() {
    kernel->pending.push_back(fake_kernel::call(1, SYS_uname, ::gettid()));
    impl->receive_all(kernel, EPOLLIN);
    REQUIRE(home->run() == 0);
  }
};

bool is_continue(const seccomp_notif_resp& sent) {
  return (sent.flags & SECCOMP_USER_NOTIF_FLAG_CONTINUE) != 0;
}

} // namespace

TEST_CASE("let_pass is carried out only for calls that the policy lets the "
          "kernel run",
          "[handlers]") {
  const bool passable = GENERATE(false, true);
  stage s;
  s.open({SYS_uname, [](const handler_call&) { return answer::let_pass(); }},
         passable ? std::vector<int>{SYS_uname} : std::vector<int>{});

  s.call();

  REQUIRE(s.kernel->sent.size() == 1);
  CHECK(is_continue(s.kernel->sent[0]) == passable);
  CHECK(s.kernel->sent[0].error == (passable ? 0 : -EPERM));
  CHECK(s.failure.empty());
}

TEST_CASE("an actor that answers twice is heard once", "[handlers]") {
  stage s;
  const auto eager = s.s.system.spawn(
      [](handler_actor::pointer own) -> handler_actor::behavior_type {
        return {[own](const handler_call_ptr&) -> caf::result<answer> {
          auto first = own->make_response_promise<answer>();
          auto second = first;
          first.deliver(answer::give(7));
          second.deliver(answer::fail(EIO));
          return first;
        }};
      });
  s.open(handled_by(SYS_uname, eager), {});

  s.call();
  s.home->work();
  s.call(); // in order: what was said about the first is here by now

  REQUIRE(s.kernel->sent.size() == 2);
  for (const auto& sent : s.kernel->sent) {
    CHECK(sent.val == 7);
    CHECK(sent.error == 0);
  }
  CHECK(s.failure.empty());
}
