// fork_tricks TRICK MOST: makes processes that stay, in a way that could fool
// who counts them, until one is refused or MOST are there. Prints how many were
// made and why it stopped. All members wait on one pipe, so that they end
// together, and nothing depends on how long anything takes.
//   waits      waits for children it does not have, in every way, in between
//   plain      children that stay
//   zombies    children that have ended and are not waited for
//   ignored    children that end, with SIGCHLD ignored: they make room
//   orphans    grandchildren whose parents have ended
//   subreaper  the same, coming to this process
//   sessions   grandchildren in sessions of their own
//   vforked    children that never exec, each of a thread inside vfork(2)
//   chain      each child makes the next
//   beside     one such child, and others that end and are waited for
#include "tests/targets/probe.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace {

int hold[2]; ///< closed by the first process: everybody who reads it ends

[[noreturn]] void stay() {
  ::close(hold[1]);
  char byte;
  while (::read(hold[0], &byte, 1) < 0) {
  }
  ::_exit(0);
}

/// A child that runs `body` and stays. 0, or an errno.
int child_that(const std::function<void()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    stay();
  }
  return child < 0 ? errno : 0;
}

int plain() {
  return child_that([] {});
}

/// Every way to wait for nobody.
int waits() {
  siginfo_t none;
  for (int i = 0; i < 50; ++i) {
    ::waitpid(-1, nullptr, WNOHANG);
    ::waitpid(-1, nullptr, WNOHANG | WUNTRACED | WCONTINUED);
    ::waitpid(::getpid(), nullptr, 0);
    ::waitpid(0x7ffffff0, nullptr, 0);
    ::waitid(P_PID, 0x7ffffff0, &none, WEXITED);
    ::waitid(P_ALL, 0, &none, WEXITED | WNOHANG | WNOWAIT);
  }
  return plain();
}

/// Leaves `pid` unreaped, but ended.
void wait_for_end(pid_t pid) {
  siginfo_t ended;
  while (::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT) < 0
         && errno == EINTR) {
  }
}

int zombie() {
  const pid_t child = ::fork();
  if (child == 0)
    ::_exit(0);
  if (child < 0)
    return errno;
  wait_for_end(child);
  return 0;
}

int short_lived() {
  const pid_t child = ::fork();
  if (child == 0)
    ::_exit(0);
  if (child < 0)
    return errno;
  ::waitpid(child, nullptr, 0);
  return 0;
}

int ignored() {
  ::signal(SIGCHLD, SIG_IGN);
  const pid_t child = ::fork();
  if (child == 0)
    ::_exit(0);
  if (child < 0)
    return errno;
  while (::kill(child, 0) == 0)
    ::sched_yield();
  return 0;
}

/// A grandchild that stays; its parent ends. The grandchild's errno when it
/// could not be made.
int orphan(const std::function<void()>& as = [] {}) {
  const pid_t middle = ::fork();
  if (middle == 0)
    ::_exit(child_that(as));
  if (middle < 0)
    return errno;
  int status = 0;
  ::waitpid(middle, &status, 0);
  return WEXITSTATUS(status);
}

/// A child in vfork(2) that stays. Its thread comes back only at the end, so
/// what it says comes through memory: the number of the child, or -errno.
int vforked() {
  static std::vector<std::unique_ptr<std::atomic<int>>> said;
  auto& mine = *said.emplace_back(std::make_unique<std::atomic<int>>(0));
  std::thread([&mine] {
    // The child lends this thread's memory and never returns from here.
    // NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork)
    const pid_t child = ::vfork();
    if (child == 0) {
      // NOLINTNEXTLINE(clang-analyzer-unix.Vfork): sharing is the point
      mine = 1;
      ::syscall(SYS_close, hold[1]);
      char byte;
      while (::syscall(SYS_read, hold[0], &byte, 1) < 0) {
      }
      ::_exit(0);
    }
    if (child < 0)
      mine = -errno;
  }).detach();
  while (mine == 0)
    ::sched_yield();
  return mine > 0 ? 0 : -mine;
}

struct result {
  std::atomic<int> made;
  std::atomic<int> error;
};

/// Made by each child in turn; said through shared memory.
void chain(result& said, int most) {
  if (said.made == most)
    return;
  const pid_t child = ::fork();
  if (child < 0) {
    said.error = errno;
    return;
  }
  if (child == 0) {
    ++said.made;
    chain(said, most);
    said.error = said.error == 0 ? -1 : said.error.load();
    stay();
  }
  while (said.error == 0)
    ::sched_yield();
}

int beside_vforked() {
  static bool first = true;
  return std::exchange(first, false) ? vforked() : short_lived();
}

const std::map<std::string_view, int (*)()> tricks{
    {"plain", plain},
    {"waits", waits},
    {"zombies", zombie},
    {"ignored", ignored},
    {"orphans", [] { return orphan(); }},
    {"subreaper",
     [] {
       ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
       return orphan();
     }},
    {"sessions", [] { return orphan([] { ::setsid(); }); }},
    {"vforked", vforked},
    {"beside", beside_vforked}};

} // namespace

int main(int argc, char** argv) {
  if (argc != 3 || ::pipe(hold) != 0)
    return 98;
  const std::string_view name = argv[1];
  const int most = std::atoi(argv[2]);
  auto& said = *new (::mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0)) result{};
  if (name == "chain") {
    chain(said, most);
  } else {
    while (said.made < most && (said.error = tricks.at(name)()) == 0)
      ++said.made;
  }
  errno = said.error > 0 ? said.error.load() : 0;
  probe::say("made", std::to_string(said.made.load()));
  probe::say("stopped", errno == 0 ? "ok" : probe::outcome(-1));
  ::_exit(0);
}
