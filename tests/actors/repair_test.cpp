#include "actors/repair.hpp"

#include <catch2/catch.hpp>

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

using namespace cordon::actors;
using namespace std::chrono_literals;

namespace {

/// A repair whose keeper is the test. This process catches a signal.
struct asked_keeper {
  int traces = 0;
  repair it{{[this](pid_t) { return ++traces > 0; }, {}}};
  repair::clock::time_point start{1h};
  pid_t self = ::gettid();

  asked_keeper() {
    ::signal(SIGUSR2, [](int) {});
  }
};

/// A process without handlers, until it is told to have one.
class other_process {
public:
  other_process() {
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_) != 0)
      std::abort();
    pid = ::fork();
    if (pid == 0)
      live();
    wait_for_it();
  }
  ~other_process() {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  other_process(const other_process&) = delete;
  other_process& operator=(const other_process&) = delete;

  void catch_signals() const {
    REQUIRE(::write(ends_[0], "", 1) == 1);
    wait_for_it();
  }

  pid_t pid = -1;

private:
  void wait_for_it() const {
    char byte = 0;
    REQUIRE(::read(ends_[0], &byte, 1) == 1);
  }
  [[noreturn]] void live() const {
    for (int signal = 1; signal < NSIG; ++signal)
      ::signal(signal, SIG_DFL);
    char byte = 0;
    if (::write(ends_[1], "", 1) != 1 || ::read(ends_[1], &byte, 1) != 1)
      ::_exit(1);
    ::signal(SIGUSR2, [](int) {});
    if (::write(ends_[1], "", 1) != 1)
      ::_exit(1);
    while (true)
      ::pause();
  }

  int ends_[2] = {-1, -1};
};

constexpr std::uint64_t loader = 0x7F0000001000, program = 0x555500002000;

} // namespace

TEST_CASE("nobody looks for handlers while a program is loaded",
          "[actors][repair]") {
  asked_keeper k;
  k.it.begins(k.self, k.start);
  for (std::uint64_t i = 0; i < 20; ++i)
    CHECK_FALSE(k.it.must_wait(k.self, loader + i * 16, k.start + 100us));
  CHECK(k.traces == 0);

  SECTION("its first own call ends that") {
    CHECK(k.it.must_wait(k.self, program, k.start + 100us));
    CHECK(k.traces == 1);
    // For good, though the loader be used again.
    CHECK(k.it.must_wait(k.self, loader, k.start + 101us));
  }
  SECTION("so does time: the loader may be the C library, too") {
    CHECK(k.it.must_wait(k.self, loader, k.start + 1100us));
    CHECK(k.traces == 1);
  }
}

TEST_CASE("a thread that is no new program is looked at with its first call",
          "[actors][repair]") {
  asked_keeper k;
  CHECK(k.it.must_wait(k.self, loader, k.start));
  CHECK(k.traces == 1);
}

TEST_CASE("later on a thread is looked at when it has its answer",
          "[actors][repair]") {
  asked_keeper k;
  const other_process late;
  for (int i = 0; i < 4; ++i)
    CHECK_FALSE(k.it.must_wait(late.pid, program, k.start));
  late.catch_signals();
  CHECK_FALSE(k.it.must_wait(late.pid, program, k.start + 499us));
  k.it.was_answered(late.pid, k.start + 499us);
  CHECK(k.traces == 0);
  CHECK_FALSE(k.it.must_wait(late.pid, program, k.start + 500us));
  CHECK(k.traces == 0); // its call is answered first

  SECTION("and its next call waits for the keeper") {
    k.it.was_answered(late.pid, k.start + 501us);
    CHECK(k.traces == 1);
    CHECK(k.it.must_wait(late.pid, program, k.start + 502us));
    CHECK(k.traces == 1);
  }
  SECTION("not with the answer of another") {
    k.it.was_answered(1 << 30, k.start + 501us);
    CHECK(k.traces == 0);
  }
  SECTION("also when the call of another came in between") {
    constexpr pid_t other = 1 << 30; // no thread at all
    for (int i = 0; i < 4; ++i)
      CHECK_FALSE(k.it.must_wait(other, program, k.start));
    CHECK_FALSE(k.it.must_wait(other, program, k.start + 1s));
    k.it.was_answered(late.pid, k.start + 501us);
    CHECK_FALSE(k.it.must_wait(late.pid, program, k.start + 502us));
    k.it.was_answered(late.pid, k.start + 502us);
    CHECK(k.traces == 1);
  }
}
