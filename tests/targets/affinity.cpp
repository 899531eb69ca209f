// affinity FILE COUNT: one thread opens FILE again and again; another watches
// on which CPUs the first may run. Then what sched_getaffinity says otherwise.
#include "tests/targets/probe.hpp"

#include <sched.h>

#include <array>
#include <atomic>
#include <fstream>
#include <thread>

using namespace probe;

namespace {

using mask = std::array<unsigned long, 128>;

long cpus_of(pid_t tid, mask& into) {
  into = {};
  return ::syscall(SYS_sched_getaffinity, tid, sizeof into, into.data());
}

/// The line of /proc that says the same.
std::string line_of(pid_t tid) {
  std::ifstream status("/proc/self/task/" + std::to_string(tid) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("Cpus_allowed:"))
      return line;
  return "none";
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 3)
    return 2;
  std::atomic<pid_t> opener{0};
  std::atomic<bool> goes_on{true}, watched{true};
  long opened = 0;
  std::thread opens([&] {
    opener = static_cast<pid_t>(::syscall(SYS_gettid));
    for (long left = std::stol(argv[2]); left > 0; --left) {
      const int fd = ::open(argv[1], O_RDONLY | O_CLOEXEC);
      opened += fd >= 0;
      ::close(fd);
    }
    goes_on = false;
    while (watched) // there is to be somebody to look at
      std::this_thread::yield();
  });
  while (opener == 0)
    std::this_thread::yield();
  mask own, others;
  cpus_of(0, own);
  const auto line = line_of(::getpid());
  int changed = 0, lines = 0;
  while (goes_on) {
    changed += cpus_of(opener, others) < 0 || others != own;
    lines += line_of(opener) != line;
  }
  watched = false;
  opens.join();
  say("opened", std::to_string(opened));
  say("seen to change", std::to_string(changed));
  say("lines that changed", std::to_string(lines));
  mask after;
  cpus_of(0, after);
  say("afterwards", after == own ? "as before" : "changed");
  const auto ask = [](pid_t tid, std::size_t size, void* into) {
    return outcome(::syscall(SYS_sched_getaffinity, tid, size, into));
  };
  const auto self = ::getpid();
  say("own", ask(self, sizeof own, own.data()));
  say("short", ask(self, 1, own.data()));
  say("odd", ask(self, 129, own.data()));
  say("nobody", ask(0x7FFFFFFF, sizeof own, own.data()));
  say("negative", ask(-1, sizeof own, own.data()));
  say("unwritable", ask(self, sizeof own, nullptr));
}
