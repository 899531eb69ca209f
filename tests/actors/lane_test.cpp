#include "actors/lane.hpp"
#include "actors/listener.hpp"
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
class scripted final : public pinned<path_actor::base> {
public:
  using reaction = std::function<caf::result<answer>(const path_request&)>;

  scripted(caf::actor_config& config, lane_ptr home, reaction then)
      : pinned(config, std::move(home))
      , then_(std::move(then)) {
  }
  behavior_type make_behavior() override {
    return {[this](const path_request& asked) { return then_(asked); }};
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
      to.metadata = spawn_on<scripted>(home, std::move(then));
    listener_reports reports{
        [this](const notify::request&, const answer& said) {
          refused.push_back(said.about);
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
    impl->receive_all(kernel, EPOLLIN);
    home->work();
  }
};

} // namespace

TEST_CASE("an actor of a lane runs on its thread, whoever asks", "[lane]") {
  service s;
  std::promise<std::pair<lane_ptr, path_actor>> made;
  std::thread::id ran_on, lane_thread;
  std::thread own{[&] {
    const auto home = std::make_shared<lane>(s.system);
    lane_thread = std::this_thread::get_id();
    const auto actor = spawn_on<scripted>(home, [&](const path_request&) {
      ran_on = std::this_thread::get_id();
      return answer::give(3);
    });
    home->after(std::chrono::seconds{20}, [home] { home->stop(); });
    made.set_value({home, actor});
    CHECK(home->run() == 0);
  }};
  const auto [home, actor] = made.get_future().get();

  caf::scoped_actor self{s.system};
  std::int64_t got = 0;
  self->request(actor, std::chrono::seconds{10}, path_request{})
      .receive([&](const answer& said) { got = said.result; },
               [](const caf::error&) {});
  // From another thread: through an actor, like everything else.
  const auto stopper = spawn_on<scripted>(home, [h = home](const auto&) {
    h->stop();
    return answer::give(0);
  });
  self->request(stopper, std::chrono::seconds{10}, path_request{})
      .receive([](const answer&) {}, [](const caf::error&) {});
  own.join();

  CHECK(got == 3);
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
  bench b{[](const path_request& asked) {
    return asked.what->id == 1 ? answer::give(0)
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
  bench b{[](const path_request&) -> caf::result<answer> {
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
  bench next{[](const path_request&) { return answer{}; }};
  next.trap(2);
  next.work();

  CHECK(nobody.kernel->sent.at(0).error == -ENOSYS);
  CHECK(next.kernel->sent.at(0).error == -EPERM);
}

TEST_CASE("what no row knows, and callers without a number, are refused",
          "[lane]") {
  bench b{[](const path_request&) { return answer::give(0); }};
  for (const int number : {-1, 0, 335, 469, 470, 100000})
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
  bench b{[&](const path_request&) {
    asked = true;
    return answer::give(0);
  }};
  b.kernel->gone.insert(1);
  b.trap(1);

  b.work();

  CHECK_FALSE(asked);
}

TEST_CASE("an answer after the caller's death does no harm", "[lane]") {
  bench b{[&](const path_request&) {
    b.kernel->gone.insert(1);
    return answer::give(0);
  }};
  b.trap(1);
  b.trap(2);

  b.work();

  CHECK(b.kernel->sent.size() == 2);
  CHECK(b.failure.empty());
}
