// What a service does with its own children and signals changes nothing.
#include "actors/run.hpp"
#include "tests/support/embedding.hpp"

#include <catch2/catch.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

using namespace cordon;
using cordon::test::lacks_landlock;
using how = process::ending::how;

namespace {

/// The program of these tests: makes children, is refused something, and ends
/// with 6.
run_result run_one() {
  auto result
      = cordon::run(test::captured({"sh", "-c",
                                    "for i in 1 2 3; do echo $(echo $i); done; "
                                    "chmod 600 /usr/bin/env; exit 6"}));
  if (!result)
    FAIL(result.error().line());
  return std::move(*result);
}

void check(const run_result& result) {
  CHECK(result.ending.kind == how::exited);
  CHECK(result.ending.status == 6);
  CHECK(result.out.bytes == "1\n2\n3\n");
  CHECK(result.denial_count == 1);
}

/// Reaps every child of the process it can get, until told to stop.
class greedy_waiter {
public:
  greedy_waiter()
      : thread_([this] { wait_for_anybody(); }) {
  }
  greedy_waiter(const greedy_waiter&) = delete;
  greedy_waiter& operator=(const greedy_waiter&) = delete;
  ~greedy_waiter() {
    stop_ = true;
    thread_.join();
  }

private:
  void wait_for_anybody() {
    while (!stop_)
      while (::waitpid(-1, nullptr, WNOHANG) > 0) {
      }
  }

  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

/// Sets a signal's action for a while.
class action_for_now {
public:
  action_for_now(int number, void (*handler)(int))
      : number_(number)
      , before_(::signal(number, handler)) {
  }
  action_for_now(const action_for_now&) = delete;
  action_for_now& operator=(const action_for_now&) = delete;
  ~action_for_now() {
    ::signal(number_, before_);
  }

private:
  int number_;
  void (*before_)(int);
};

std::atomic<int> children_seen = 0;

} // namespace

TEST_CASE("a service that waits for any child changes no run", "[service]") {
  if (lacks_landlock())
    return;
  const greedy_waiter reaping;

  for (int i = 0; i < 20; ++i)
    check(run_one());
}

TEST_CASE("a service that ignores SIGCHLD changes no run", "[service]") {
  if (lacks_landlock())
    return;
  const action_for_now ignored(SIGCHLD, SIG_IGN);

  for (int i = 0; i < 5; ++i)
    check(run_one());
}

TEST_CASE("a service with a SIGCHLD handler of its own keeps it", "[service]") {
  if (lacks_landlock())
    return;
  const action_for_now handled(SIGCHLD, [](int) { ++children_seen; });

  check(run_one());

  struct sigaction now {};
  ::sigaction(SIGCHLD, nullptr, &now);
  CHECK(now.sa_handler != SIG_DFL);
  CHECK(now.sa_handler != SIG_IGN);
}

TEST_CASE("a run takes no status of the service's other children",
          "[service]") {
  if (lacks_landlock())
    return;
  const pid_t own = ::fork();
  if (own == 0)
    ::_exit(42);

  check(run_one());

  int status = 0;
  REQUIRE(::waitpid(own, &status, 0) == own);
  CHECK(WEXITSTATUS(status) == 42);
  // And leaves none of its own behind.
  CHECK(::waitpid(-1, &status, WNOHANG) == -1);
  CHECK(errno == ECHILD);
}

TEST_CASE("what the service ignores and blocks, the program does not",
          "[service]") {
  if (lacks_landlock())
    return;
  const action_for_now no_pipe(SIGPIPE, SIG_IGN), no_child(SIGCHLD, SIG_IGN),
      no_user(SIGUSR1, SIG_IGN);
  sigset_t blocked, before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);

  const auto result = cordon::run(
      test::captured({"grep", "-E", "^Sig(Ign|Blk)", "/proc/self/status"},
                     test::base_profile().read("/proc")));

  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  REQUIRE(result);
  CHECK(result->out.bytes
        == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}
