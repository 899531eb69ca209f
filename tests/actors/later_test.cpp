#include "actors/later.hpp"
#include "tests/support/actor_service.hpp"
#include "tests/support/fake_kernel.hpp"

#include <caf/all.hpp>
#include <catch2/catch.hpp>

#include <unistd.h>

#include <array>
#include <future>
#include <thread>

using namespace cordon;
using namespace cordon::actors;
using cordon::test::fake_kernel;

namespace {

/// A pipe that work blocks on.
struct channel {
  channel() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    out.reset(ends[0]);
    in.reset(ends[1]);
  }
  void open() const {
    CHECK(::write(in.get(), "xxxxxxxxxxxxxxxx", 16) == 16);
  }
  /// Blocks until it is open.
  [[nodiscard]] process::helpers::work blocks() const {
    return [fd = out.get()] {
      char byte = 0;
      return ::read(fd, &byte, 1) < 0 ? errno : 0;
    };
  }

  unique_fd out, in;
};

struct bench {
  test::actor_service s;
  lane_ptr home = std::make_shared<lane>(s.system);
  std::shared_ptr<fake_kernel> kernel = std::make_shared<fake_kernel>();
  bool signalled = false;
  std::unique_ptr<later> made = std::make_unique<later>(
      home, kernel, [this](pid_t) { return signalled; });
  /// What was told, in order: "0", "EINTR", "EINTR by signal".
  std::vector<std::string> told;

  notify::request by(std::uint64_t id, pid_t tid = ::gettid()) {
    notify::request r;
    r.id = id;
    r.tid = tid;
    return r;
  }
  later::then tell(std::size_t last = 1) {
    return [this, last](int error, bool by_signal) {
      told.push_back(error == 0       ? "0"
                     : error == EINTR ? "EINTR"
                                      : std::to_string(error));
      if (by_signal)
        told.back() += " by signal";
      if (told.size() == last)
        home->stop();
    };
  }
};

using words = std::vector<std::string>;

} // namespace

TEST_CASE("work that blocks leaves the lane free, and its outcome comes back",
          "[later]") {
  bench b;
  const channel pipe;
  const auto lane_thread = std::this_thread::get_id();
  std::thread::id worked_on;
  REQUIRE(b.made->start(
      b.by(1),
      [&, work = pipe.blocks()] {
        worked_on = std::this_thread::get_id();
        return work();
      },
      b.tell()));
  CHECK(b.made->in_flight() == 1);
  b.home->after(std::chrono::milliseconds{1}, [&] { pipe.open(); });

  CHECK(b.home->run() == 0);

  CHECK(b.told == words{"0"});
  CHECK(worked_on != lane_thread);
  CHECK(b.made->in_flight() == 0);
}

TEST_CASE("a signal that waits for the caller breaks its work off", "[later]") {
  bench b;
  const channel pipe;
  REQUIRE(b.made->start(b.by(1), pipe.blocks(), b.tell()));
  b.signalled = true;

  CHECK(b.home->run() == 0);

  CHECK(b.told == words{"EINTR by signal"});
}

TEST_CASE("work that is done before it can be broken off counts", "[later]") {
  bench b;
  REQUIRE(b.made->start(
      b.by(1), [] { return 0; }, b.tell()));
  b.signalled = true;

  CHECK(b.home->run() == 0);

  CHECK(b.told == words{"0"});
}

TEST_CASE("a caller whose notification is gone has its work broken off",
          "[later]") {
  bench b;
  const channel pipe;
  REQUIRE(b.made->start(b.by(7), pipe.blocks(), b.tell()));
  b.kernel->gone.insert(7);

  CHECK(b.home->run() == 0);

  CHECK(b.told == words{"EINTR"});
}

TEST_CASE("a thread that ends has its work broken off", "[later]") {
  bench b;
  const channel pipe, end;
  std::promise<pid_t> tid;
  std::thread caller{[&] {
    tid.set_value(::gettid());
    static_cast<void>(end.blocks()());
  }};
  REQUIRE(
      b.made->start(b.by(1, tid.get_future().get()), pipe.blocks(), b.tell()));
  end.open();
  caller.join();
  // Where there are no pidfds of threads, the id tells.
  b.home->after(std::chrono::seconds{1}, [&] { b.kernel->gone.insert(1); });

  CHECK(b.home->run() == 0);

  CHECK(b.told == words{"EINTR"});
}

TEST_CASE("who ends breaks off what is in flight and waits for it", "[later]") {
  bench b;
  const channel pipe;
  for (std::uint64_t id = 1; id <= 20; ++id)
    REQUIRE(b.made->start(b.by(id), pipe.blocks(), b.tell()));
  b.made.reset();
  b.home->work();

  CHECK(b.told.empty());
}

TEST_CASE("few threads work, some work waits, more is turned away",
          "[later][helpers]") {
  const channel pipe;
  process::helpers few{2, 3};
  std::vector<process::helpers::ticket> tickets;
  while (const auto ticket = few.start(pipe.blocks()))
    tickets.push_back(*ticket);

  // Two are worked on, three wait.
  CHECK(tickets.size() == 5);
  // What waits is dropped at once, what is done is broken off.
  for (const auto ticket : tickets)
    few.interrupt(ticket);
  std::size_t done = 0;
  while (done < tickets.size()) {
    for (const auto& each : few.take_done()) {
      CHECK(each.error == EINTR);
      ++done;
    }
    for (const auto ticket : tickets)
      few.interrupt(ticket);
    std::this_thread::yield();
  }
  // And it goes on working.
  REQUIRE(few.start([] { return 5; }));
  std::vector<process::helpers::done> last;
  while (last.empty()) {
    last = few.take_done();
    std::this_thread::yield();
  }
  CHECK(last.front().error == 5);
}

TEST_CASE("work that is taken is begun, whatever other work waits for",
          "[later][helpers]") {
  const channel pipe;
  process::helpers some{4, 0};
  std::vector<process::helpers::ticket> tickets;
  tickets.reserve(3);
  for (int i = 0; i < 3; ++i)
    tickets.push_back(some.start(pipe.blocks()).value());
  std::promise<void> begun;
  REQUIRE(some.start([&] {
    begun.set_value();
    return pipe.blocks()();
  }));

  begun.get_future().wait();
  CHECK_FALSE(some.start([] { return 0; }));
  pipe.open();
  std::size_t done = 0;
  while (done < 4) {
    done += some.take_done().size();
    std::this_thread::yield();
  }
  // Who has done his work takes other work.
  bool again = false;
  while (!again)
    again = some.start([] { return 0; }).has_value();
}
