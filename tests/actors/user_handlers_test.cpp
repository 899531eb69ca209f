// USER HANDLERS by message, on a lane driven by hand: answers that are not
// carried out, that come twice, and that do not come.
#include "actors/listener.hpp"
#include "actors/user_handlers.hpp"
#include "tests/support/actor_service.hpp"
#include "tests/support/fake_kernel.hpp"

#include <catch2/catch.hpp>

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <future>
#include <thread>

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
  int expected = 0; ///< calls that are not answered yet
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
        listener_reports{[this](const outcome&) { answered(); },
                         [this](std::string why) { failure = std::move(why); }},
        tracing{});
    impl
        = static_cast<listener*>(caf::actor_cast<caf::abstract_actor*>(handle));
  }
  void answered() {
    if (--expected == 0)
      home->stop();
  }
  /// Has calls trapped, and works until they are answered. Once.
  void call(int count = 1) {
    expected = count;
    for (int id = 1; id <= count; ++id)
      kernel->pending.push_back(fake_kernel::call(
          static_cast<std::uint64_t>(id), SYS_uname, ::gettid()));
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

  s.call(2); // what is said twice about the first comes before the second's

  REQUIRE(s.kernel->sent.size() == 2);
  for (const auto& sent : s.kernel->sent) {
    CHECK(sent.val == 7);
    CHECK(sent.error == 0);
  }
  CHECK(s.failure.empty());
}

TEST_CASE("handlers that may block do not run on the lane", "[handlers]") {
  stage s;
  std::promise<std::thread::id> ran;
  user_handler slow{SYS_uname, [&ran](const handler_call&) {
                      ran.set_value(std::this_thread::get_id());
                      return answer::give(0);
                    }};
  slow.on_worker = true;
  s.open(std::move(slow), {});
  // So that the worker waits for its first message, and the lane could be the
  // one that wakes it.
  std::this_thread::sleep_for(std::chrono::milliseconds{20});

  s.call();

  CHECK(ran.get_future().get() != std::this_thread::get_id());
  CHECK(s.failure.empty());
}

TEST_CASE("a call that no answer comes for fails, and the run goes on",
          "[handlers]") {
  // It waits for its limit, which is the default's, shortened.
  static_assert(user_handlers::longest == std::chrono::seconds{30});
  stage s;
  std::promise<void> gate;
  const auto opened = gate.get_future().share();
  user_handler slow{SYS_uname, [opened](const handler_call&) {
                      opened.wait();
                      return answer::give(0);
                    }};
  slow.on_worker = true;
  s.open(std::move(slow), {SYS_uname}, std::chrono::milliseconds{1});

  s.call();

  REQUIRE(s.kernel->sent.size() == 1);
  CHECK(s.kernel->sent[0].error == -EIO);
  CHECK_FALSE(is_continue(s.kernel->sent[0]));
  CHECK(s.failure.empty());
  gate.set_value();
}
