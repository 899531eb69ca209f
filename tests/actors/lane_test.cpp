#include "actors/lane.hpp"
#include "actors/listener.hpp"
#include "actors/subsystem.hpp"
#include "tests/support/actor_service.hpp"
#include "tests/support/fake_kernel.hpp"

#include <caf/all.hpp>
#include <catch2/catch.hpp>

#include <sys/epoll.h>
#include <sys/syscall.h>

#include <future>

using namespace cordon;
using namespace cordon::actors;
using cordon::test::fake_kernel;

namespace {

using service = cordon::test::actor_service;

/// Answers with whatever the test wants.
class scripted final : public subsystem<path_actor> {
public:
  using reaction = std::function<answer(const notify::request&)>;

  scripted(caf::actor_config& config, lane_ptr home, reaction then)
      : subsystem(config, std::move(home))
      , then_(std::move(then)) {
  }
  behavior_type make_behavior() override {
    return {[this](const path_request& asked) {
      reply(asked.call, then_(asked.call->asked()));
    }};
  }

private:
  reaction then_;
};

/// A listener actor on a lane of this thread, over a kernel that is the test.
struct bench {
  service s;
  lane_ptr home = std::make_shared<lane>(s.system);
  std::shared_ptr<fake_kernel> kernel = std::make_shared<fake_kernel>();
  std::string failure;
  std::vector<std::string> refused;
  listener_actor handle;
  listener* impl = nullptr;

  explicit bench(scripted::reaction then) {
    routes to;
    if (then)
      to.add<path_request>(syscall::operation::chmod,
                           spawn_on<scripted>(home, std::move(then)));
    listener_reports reports{
        [this](const outcome& done) {
          if (!done.said.about.empty())
            refused.push_back(done.said.about);
        },
        [this](std::string why) { failure = std::move(why); }};
    handle = spawn_on<listener>(home, to, reports, tracing{});
    impl
        = static_cast<listener*>(caf::actor_cast<caf::abstract_actor*>(handle));
  }

  /// fchmod(5, 0600) by this very thread.
  void trap(std::uint64_t id, int number = SYS_fchmod) {
    auto raw = fake_kernel::call(id, number, ::gettid());
    raw.data.args[0] = 5;
    raw.data.args[1] = 0600;
    kernel->pending.push_back(raw);
  }
  void work() {
    do { // epoll tells again as long as something waits
      impl->receive_all(kernel, EPOLLIN);
      home->work();
    } while (kernel->waiting());
  }
};

} // namespace

namespace {

/// A pinned actor that anybody may ask.
using echo_actor = caf::typed_actor<caf::replies_to<int>::with<int>>;
class echo final : public pinned<echo_actor::base> {
public:
  echo(caf::actor_config& config, lane_ptr home, std::function<void()> then)
      : pinned(config, std::move(home))
      , then_(std::move(then)) {
  }
  behavior_type make_behavior() override {
    return {[this](int given) {
      then_();
      return given;
    }};
  }

private:
  std::function<void()> then_;
};

} // namespace

TEST_CASE("an actor of a lane runs on its thread, whoever asks", "[lane]") {
  service s;
  std::promise<std::pair<echo_actor, echo_actor>> made;
  std::thread::id ran_on, lane_thread;
  std::thread own{[&] {
    const auto home = std::make_shared<lane>(s.system);
    lane_thread = std::this_thread::get_id();
    const auto asked
        = spawn_on<echo>(home, [&] { ran_on = std::this_thread::get_id(); });
    // From another thread: through an actor, like everything else.
    const auto stopper = spawn_on<echo>(home, [home] { home->stop(); });
    home->after(std::chrono::seconds{20}, [home] { home->stop(); });
    made.set_value({asked, stopper});
    CHECK(home->run() == 0);
  }};
  const auto [asked, stopper] = made.get_future().get();

  caf::scoped_actor self{s.system};
  int got = 0;
  for (const auto& each : {asked, stopper})
    self->request(each, std::chrono::seconds{10}, 3)
        .receive([&](int said) { got += said; }, [](const caf::error&) {});
  own.join();

  CHECK(got == 6);
  CHECK(ran_on == lane_thread);
}

TEST_CASE("timers of a lane fire in their order, not before their time",
          "[lane]") {
  service s;
  const auto home = std::make_shared<lane>(s.system);
  std::string order;
  const auto begin = lane::clock::now();
  lane::clock::duration last{};
  home->after(std::chrono::milliseconds{30}, [&] {
    order += 'b';
    last = lane::clock::now() - begin;
    home->stop();
  });
  home->after(std::chrono::milliseconds{5}, [&] { order += 'a'; });

  CHECK(home->run() == 0);

  CHECK(order == "ab");
  CHECK(last >= std::chrono::milliseconds{30});
}

TEST_CASE("each call gets the answer of its subsystem", "[lane]") {
  bench b{[](const notify::request& asked) {
    return asked.id == 1 ? answer::give(0)
                         : answer::fail(EACCES, "/some/where");
  }};
  b.trap(1);
  b.trap(2);

  b.work();

  REQUIRE(b.kernel->sent.size() == 2);
  CHECK(b.kernel->sent[0].error == 0);
  CHECK(b.kernel->sent[1].error == -EACCES);
  CHECK(b.refused == std::vector<std::string>{"/some/where"});
  CHECK(b.failure.empty());
}

TEST_CASE("a subsystem that throws refuses the call and ends the run",
          "[lane]") {
  bench b{[](const notify::request&) -> answer {
    throw std::runtime_error("broken");
  }};
  b.trap(1);

  b.work();
  b.trap(2);
  b.work();

  REQUIRE(b.kernel->sent.size() == 2);
  CHECK(b.kernel->sent[0].error == -EIO);
  CHECK(b.kernel->sent[1].error == -EIO);
  CHECK_FALSE(b.failure.empty());
}

TEST_CASE("a route that ends without an answer ends in a refusal", "[lane]") {
  bench nobody{{}};
  nobody.trap(1);
  nobody.work();
  bench next{[](const notify::request&) { return answer{}; }};
  next.trap(2);
  next.work();

  CHECK(nobody.kernel->sent.at(0).error == -EPERM);
  CHECK(next.kernel->sent.at(0).error == -EPERM);
}

TEST_CASE("what no row knows, and callers without a number, are refused",
          "[lane]") {
  bench b{[](const notify::request&) { return answer::give(0); }};
  for (const int number : {-1, 0, 335, 471, 472, 100000})
    b.trap(1, number);
  auto stranger = fake_kernel::call(2, SYS_fchmod, 0);
  b.kernel->pending.push_back(stranger);

  b.work();

  REQUIRE(b.kernel->sent.size() == 7);
  for (std::size_t i = 0; i < 6; ++i)
    CHECK(b.kernel->sent[i].error == -ENOSYS);
  CHECK(b.kernel->sent[6].error == -EPERM);
}

TEST_CASE("a caller that has gone gets no answer, and nothing is done",
          "[lane]") {
  bool asked = false;
  bench b{[&](const notify::request&) {
    asked = true;
    return answer::give(0);
  }};
  b.kernel->gone.insert(1);
  b.trap(1);

  b.work();

  CHECK_FALSE(asked);
}

TEST_CASE("an answer after the caller's death does no harm", "[lane]") {
  bench b{[&](const notify::request&) {
    b.kernel->gone.insert(1);
    return answer::give(0);
  }};
  b.trap(1);
  b.trap(2);

  b.work();

  CHECK(b.kernel->sent.size() == 2);
  CHECK(b.failure.empty());
}

TEST_CASE("answers that come later, twice or for nobody are taken once",
          "[lane]") {
  service s; // waits for its actors: whoever holds one ends first
  std::vector<owed> kept;
  const auto home = std::make_shared<lane>(s.system);
  const auto kernel = std::make_shared<fake_kernel>();
  class slow final : public subsystem<path_actor> {
  public:
    slow(caf::actor_config& config, lane_ptr home, std::vector<owed>& to)
        : subsystem(config, std::move(home))
        , to_(to) {
    }
    behavior_type make_behavior() override {
      return {[this](const path_request& asked) {
        to_.push_back(owe(asked.call));
      }};
    }

  private:
    std::vector<owed>& to_;
  };
  routes to;
  to.add<path_request>(syscall::operation::chmod, spawn_on<slow>(home, kept));
  const auto handle
      = spawn_on<listener>(home, to, listener_reports{}, tracing{});
  auto* const impl
      = static_cast<listener*>(caf::actor_cast<caf::abstract_actor*>(handle));
  for (const std::uint64_t id : {1, 2, 3})
    impl->take({kernel, fake_kernel::call(id, SYS_fchmod, ::gettid())},
               call::clock::now());
  home->work();
  CHECK(kernel->sent.empty());
  REQUIRE(kept.size() == 3);

  kept[2].deliver(answer::give(3));
  kept[2].deliver(answer::give(4));
  kept[0].deliver(answer::fail(ENOENT));
  home->work();

  REQUIRE(kernel->sent.size() == 2);
  CHECK(kernel->sent[0].val == 3);
  CHECK(kernel->sent[1].error == -ENOENT);
}
