// A tree of processes that is hard to end. The words name its members:
//   session  a process in a session of its own
//   daemon   forked twice, its parent gone
//   stopped  a stopped process
//   vfork    a process in vfork(2), and the child it waits for
//   deaf     ignores and blocks all it can
//   thread   its first thread gone, another alive
//   group    in a process group of its own
//   storm    four processes that fork and exit without end, 500 times a second
//   bomb     processes that fork until there are 100
//   exit     the first process exits with 0 when all are there
// Says "ready" when all are there. Whatever nobody ends, ends itself after two
// minutes; a storm after ten seconds, for it leaves zombies to whoever reaps.
#include "tests/targets/probe.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include <atomic>
#include <string_view>
#include <thread>

using namespace probe;

namespace {

struct shared_state {
  std::atomic<int> arrived{0};
  std::atomic<int> bombs{0};
};
shared_state* shared = nullptr;
timespec end_of_time{};

bool over() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec > end_of_time.tv_sec;
}

/// What every member does once it is where it wanted to be.
[[noreturn]] void linger() {
  ++shared->arrived;
  while (!over()) {
    const timespec moment{0, 100'000'000};
    ::nanosleep(&moment, nullptr);
  }
  ::_exit(0);
}

template <class F>
void member(F body) {
  if (::fork() == 0) {
    body();
    linger();
  }
}

void daemonize() {
  ::setsid();
  if (::fork() != 0)
    ::_exit(0);
}

void stop() {
  const pid_t stopped = ::fork();
  if (stopped == 0) {
    ++shared->arrived;
    ::raise(SIGSTOP);
    ::_exit(0);
  }
}

void in_vfork() {
  ++shared->arrived;
  // The child must not return from this frame; it never does.
  // NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork)
  if (::vfork() == 0)
    linger(); // NOLINT(clang-analyzer-unix.Vfork): shared memory is the point
  ::_exit(0);
}

void deaf() {
  for (int number = 1; number < 65; ++number)
    ::signal(number, SIG_IGN);
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, nullptr);
}

void first_thread_gone() {
  std::thread([] { linger(); }).detach();
  // Ends this thread only.
  call(SYS_exit, 0);
}

/// Each process is gone before anybody who looked it up can reach it.
void storm() {
  ++shared->arrived;
  for (int i = 0; i < 5000; ++i) {
    const timespec moment{0, 2'000'000};
    ::nanosleep(&moment, nullptr);
    if (::fork() != 0)
      ::_exit(0);
  }
  ::_exit(0);
}

void bomb() {
  ::signal(SIGCHLD, SIG_IGN);
  while (!over())
    if (shared->bombs < 100) {
      if (::fork() == 0)
        ++shared->bombs;
    } else if (::sched_yield(); shared->bombs >= 100) {
      linger();
    }
  ::_exit(0);
}

/// Starts the members of one word; how many will arrive.
int start(std::string_view word) {
  if (word == "session")
    member([] { ::setsid(); });
  else if (word == "group")
    member([] { ::setpgid(0, 0); });
  else if (word == "daemon")
    member(daemonize);
  else if (word == "deaf")
    member(deaf);
  else if (word == "thread")
    member(first_thread_gone);
  else if (word == "bomb")
    member(bomb);
  else if (word == "storm") {
    for (int i = 0; i < 4; ++i)
      member(storm);
    return 4;
  } else if (word == "vfork") {
    member(in_vfork);
    return 2;
  } else if (word == "stopped") {
    stop();
  } else {
    return 0;
  }
  return 1;
}

} // namespace

int main(int argc, char** argv) {
  shared = new (::mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0)) shared_state;
  ::clock_gettime(CLOCK_MONOTONIC, &end_of_time);
  end_of_time.tv_sec += 120;
  int expected = 0;
  bool exits = false;
  for (int i = 1; i < argc; ++i) {
    exits = exits || std::string_view(argv[i]) == "exit";
    expected += start(argv[i]);
  }
  while (shared->arrived < expected && !over())
    ::sched_yield();
  std::puts("ready");
  std::fflush(stdout);
  if (exits)
    return 0;
  linger();
}
