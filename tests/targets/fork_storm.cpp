// fork_storm THREADS ROUNDS: all threads fork at once, again and again; no
// child ends before every thread has had its turn, so that more of them than a
// limit allows are asked for whatever the machine does meanwhile. Prints how
// many forks there were and how many were refused. Children are reaped in ways
// that must not matter to who counts.
#include "tests/targets/probe.hpp"

#include <atomic>
#include <barrier>
#include <thread>
#include <vector>

namespace {

std::atomic<int> made, refused, odd;

pid_t born_by_vfork() {
  const pid_t child = ::vfork(); // NOLINT: what this is about
  if (child == 0)
    ::_exit(0);
  return child;
}

/// Stays until it is killed.
pid_t born_by_fork() {
  const pid_t child = ::fork();
  if (child == 0)
    for (;;)
      ::pause();
  return child;
}

void reap(pid_t child, int which) {
  ::kill(child, SIGKILL);
  if (which % 2 == 0)
    ::waitpid(child, nullptr, 0);
  else
    while (::waitpid(child, nullptr, WNOHANG) == 0)
      ::usleep(200);
}

void storm(int rounds, int which, std::barrier<>& together) {
  for (int round = 0; round < rounds; ++round) {
    together.arrive_and_wait();
    const pid_t child = which % 3 == 0 ? born_by_vfork() : born_by_fork();
    if (child < 0)
      ++(errno == EAGAIN ? refused : odd);
    else
      ++made;
    together.arrive_and_wait();
    if (child > 0)
      reap(child, which);
  }
}

} // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 8;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 20;
  std::barrier together{threads};
  std::vector<std::thread> all;
  all.reserve(static_cast<std::size_t>(threads));
  for (int i = 0; i < threads; ++i)
    all.emplace_back(storm, rounds, i, std::ref(together));
  for (auto& each : all)
    each.join();
  probe::say("made", std::to_string(made.load()));
  probe::say("refused", std::to_string(refused.load()));
  probe::say("odd", std::to_string(odd.load()));
}
