// starts raw|cordon COUNT PROGRAM [KEEPER]: starts PROGRAM COUNT times, one
// after the other, in one process that goes on, and prints nanoseconds a start
// (from before the start to its end).
//
// raw: the floor. A ruleset made once, fork, Landlock, a filter with a listener
// that is handed over, exec; then the wait for the end. What any supervisor has
// to do, by hand and nothing else.
// cordon: cordon::run with a plan compiled once.
#include "actors/run.hpp"
#include "core/landlock/access.hpp"
#include "core/linux/calls.hpp"
#include "policy/profile_builder.hpp"

#include <poll.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>

using namespace cordon;

namespace {

policy::compiled_plan_ptr plan_with(const char* keeper) {
  const auto profile = policy::profile_builder{}
                           .read("/usr")
                           .read_if_exists("/bin")
                           .read_if_exists("/lib")
                           .read_if_exists("/lib64")
                           .read_if_exists("/etc/ld.so.cache")
                           .write("/tmp")
                           .allow_degraded(policy::protection::signal_scope)
                           .try_build();
  const auto plan = policy::compile(*profile, keeper);
  if (!plan) {
    std::fprintf(stderr, "%s\n", plan.error().line().c_str());
    std::exit(2);
  }
  return *plan;
}

[[noreturn]] void become(const char* program, int ruleset, int control) {
  sock_filter code[]
      = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
         BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_chmod, 0, 1),
         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  sock_fprog filter{4, code};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (sys::landlock_restrict_self(ruleset) != 0)
    ::_exit(9);
  const int listener = sys::seccomp(SECCOMP_SET_MODE_FILTER,
                                    sys::abi::seccomp_new_listener
                                        | sys::abi::seccomp_wait_killable,
                                    &filter);
  char go = 0;
  if (::write(control, &listener, sizeof listener) < 0
      || ::read(control, &go, 1) < 0)
    ::_exit(9);
  ::execl(program, program, nullptr);
  ::_exit(127);
}

bool start_raw(const char* program, int ruleset) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return false;
  const unique_fd ours{ends[0]}, theirs{ends[1]};
  const pid_t child = ::fork();
  if (child == 0)
    become(program, ruleset, ends[1]);
  int number = -1;
  if (::read(ours.get(), &number, sizeof number) < 0)
    return false;
  const unique_fd pidfd{sys::pidfd_open(child)};
  const unique_fd listener{sys::pidfd_getfd(pidfd.get(), number)};
  if (::write(ours.get(), "x", 1) < 0)
    return false;
  pollfd watched[] = {{listener.get(), POLLIN, 0}, {pidfd.get(), POLLIN, 0}};
  while (watched[1].revents == 0)
    if (::poll(watched, 2, -1) < 0)
      return false;
  int status = -1;
  ::waitpid(child, &status, 0);
  return status == 0;
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 4)
    return 2;
  const bool raw = std::strcmp(argv[1], "raw") == 0;
  const int count = std::atoi(argv[2]);
  const auto plan = plan_with(argc > 4 ? argv[4] : "");
  run_request request;
  request.plan = plan;
  request.command = {argv[3]};
  const auto start = [&] {
    if (raw)
      return start_raw(argv[3], plan->ruleset.get());
    const auto done = run(request);
    return done && done->ending.status == 0;
  };
  if (!start()) // warm up, and see that it works
    return 3;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i)
    if (!start())
      return 3;
  const std::chrono::nanoseconds took
      = std::chrono::steady_clock::now() - begin;
  std::printf("%lld\n", static_cast<long long>(took.count() / count));
}
