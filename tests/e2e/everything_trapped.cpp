// A filter that traps every call it may: nothing of the start, the hand-over or
// the end needs a call that could wait for a supervisor.
#include "core/landlock/access.hpp"
#include "core/landlock/ruleset.hpp"
#include "core/notify/notification.hpp"
#include "core/process/keeper.hpp"
#include "core/seccomp/policy_filter.hpp"
#include "core/syscall/table.hpp"
#include "tests/support/process.hpp"
#include "tests/support/scratch.hpp"

#include <catch2/catch.hpp>

#include <poll.h>
#include <sys/wait.h>

#include <algorithm>
#include <string_view>
#include <vector>

using namespace cordon;
using namespace cordon::test;

namespace {

/// Never trapped: what every program does all the time, what reads and waits,
/// and what signals and ends.
constexpr std::string_view never[] = {
    "read",         "readv",        "pread64",       "preadv",   "preadv2",
    "write",        "writev",       "pwrite64",      "pwritev",  "pwritev2",
    "close",        "recvfrom",     "recvmsg",       "recvmmsg", "wait4",
    "waitid",       "munmap",       "futex",         "exit",     "exit_group",
    "rt_sigaction", "rt_sigreturn", "rt_sigprocmask"};

seccomp::policy_filter_spec everything() {
  seccomp::policy_filter_spec spec;
  for (const auto& row : syscall::rows())
    if (std::ranges::find(never, row.name) == std::end(never)
        && row.number_on(syscall::native) != syscall::absent)
      spec.denied.push_back({std::string(row.name), syscall::trap});
  return spec;
}

/// A launch without walls but the filter.
process::launch launch_of(const std::vector<std::string>& argv) {
  const auto spec = everything();
  process::launch made;
  made.candidates = {argv.front()};
  made.argv = argv;
  made.env = {"PATH=/usr/bin:/bin"};
  auto rules = landlock::ruleset::create({landlock::fs::execute, 0, 0},
                                         landlock::probe_abi());
  if (!rules || !rules->allow_path("/", landlock::fs::execute))
    ::_exit(90);
  made.ruleset = std::move(*rules).take();
  auto filter = seccomp::compile(spec);
  if (!filter)
    ::_exit(91);
  made.policy_filter = std::move(*filter);
  made.traps = true;
  made.trapped = seccomp::trapped_numbers(spec);
  ::sigemptyset(&made.mask);
  return made;
}

/// Passes all that waits. Returns how many that were.
int pass_all(const std::shared_ptr<notify::kernel_calls>& kernel) {
  int passed = 0;
  while (kernel->waiting()) {
    seccomp_notif raw{};
    if (kernel->receive(raw) == 0)
      passed += notify::notification{kernel, raw}.pass() ? 1 : 0;
  }
  return passed;
}

/// The exit status of a program whose every call waited for us; 92 and above:
/// it did not come to that. To be called in a process of its own, which is
/// restricted for good.
int run_passing(const std::vector<std::string>& argv) {
  const auto launch = launch_of(argv);
  auto keeper = process::keeper::start(launch, programs::keeper());
  if (!keeper)
    return 92;
  std::shared_ptr<notify::kernel_calls> kernel;
  int passed = 0;
  while (true) {
    pollfd watched[]
        = {{keeper->fd(), POLLIN, 0}, {kernel ? kernel->fd() : -1, POLLIN, 0}};
    constexpr int too_long
        = static_cast<int>(std::chrono::milliseconds{patience}.count());
    if (::poll(watched, 2, too_long) <= 0)
      return 93;
    if ((watched[1].revents & POLLIN) != 0)
      passed += pass_all(kernel);
    else if (watched[1].revents != 0)
      kernel.reset(); // nobody uses the filter any more
    if (watched[0].revents == 0)
      continue;
    auto event = keeper->receive();
    if (!event)
      return 94;
    if (!*event)
      continue;
    if ((*event)->kind == process::keeper_event::what::listener)
      kernel = std::make_shared<notify::kernel_calls>(std::move((*event)->fd));
    else if ((*event)->kind == process::keeper_event::what::ended)
      return (*event)->end.kind != process::ending::how::exited ? 95
             : passed < 15                                      ? 96
                           : (*event)->end.status;
    else if ((*event)->kind == process::keeper_event::what::lost)
      return 97;
  }
}

int status_of(const identity& who, const std::vector<std::string>& argv) {
  static_cast<void>(programs::keeper()); // copied by us, for everybody
  const pid_t child = ::fork();
  if (child == 0) {
    become(who);
    ::_exit(run_passing(argv));
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace

TEST_CASE("a program whose every call is trapped starts and ends",
          "[e2e][lane][threat-26]") {
  const identity who = GENERATE(from_range(everybody()));

  CHECK(status_of(who, {"/bin/true"}) == 0);
  CHECK(status_of(who, {"/bin/sh", "-c", "x=$(echo 4 | cat); exit $x"}) == 4);
  CHECK(status_of(who, {"/usr/bin/python3", "-c",
                        "import threading, sys; t = threading.Thread("
                        "target=lambda: None); t.start(); t.join(); "
                        "sys.exit(5)"})
        == 5);
}
