// Signals to processes outside.
//
// pid=OUTSIDER (counts SIGUSR1 and SIGIO)
// [confined=1]: also what would hit everybody were there no sandbox
#include "tests/targets/probe.hpp"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

using namespace probe;

namespace {

siginfo_t queued(int number) {
  siginfo_t info{};
  info.si_signo = number;
  info.si_code = SI_QUEUE;
  info.si_pid = ::getpid();
  info.si_uid = ::getuid();
  return info;
}

void direct(int outsider) {
  report("kill", ::kill(outsider, SIGUSR1));
  report("tkill", call(SYS_tkill, outsider, SIGUSR1));
  report("tgkill", call(SYS_tgkill, outsider, outsider, SIGUSR1));
  siginfo_t info = queued(SIGUSR1);
  report("rt_sigqueueinfo",
         call(SYS_rt_sigqueueinfo, outsider, SIGUSR1, &info));
  report("rt_tgsigqueueinfo",
         call(SYS_rt_tgsigqueueinfo, outsider, outsider, SIGUSR1, &info));
  const long pidfd = call(SYS_pidfd_open, outsider, 0);
  report("pidfd_send_signal",
         call(SYS_pidfd_send_signal, pidfd, SIGUSR1, nullptr, 0));
  report("kill_group", ::kill(-outsider, SIGUSR1));
  report("kill_parent", ::kill(::getppid(), 0));
  report("kill_init", ::kill(1, 0));
}

/// A socket whose owner is told of input: F_SETOWN aims a signal.
void indirect(int outsider) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) {
    report("set_owner", -1);
    return;
  }
  report("set_owner", ::fcntl(pair[0], F_SETOWN, outsider));
  ::fcntl(pair[0], F_SETFL, O_ASYNC | O_NONBLOCK);
  report("asynchronous_input", ::write(pair[1], "x", 1));

  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL | SIGEV_THREAD_ID;
  event.sigev_signo = SIGUSR1;
  event._sigev_un._tid = outsider;
  timer_t timer{};
  report("timer_for_another", ::timer_create(CLOCK_MONOTONIC, &event, &timer));
}

/// Inside: its own tree can be signalled.
void own() {
  in_child("kill_self", [] {
    ::signal(SIGUSR1, SIG_IGN);
    return ::kill(::getpid(), SIGUSR1);
  });
  in_child("pidfd_send_self", [] {
    ::signal(SIGUSR1, SIG_IGN);
    // PIDFD_SELF_THREAD_GROUP (Linux 6.14)
    return call(SYS_pidfd_send_signal, -10001, SIGUSR1, nullptr, 0);
  });
  const pid_t child = ::fork();
  if (child == 0)
    for (;;)
      ::pause();
  report("kill_child", ::kill(child, SIGKILL));
  ::waitpid(child, nullptr, 0);
}

/// kill(-1, SIGKILL) from a child in a session of its own. Not sent where it
/// would reach the outsider.
void everybody(int outsider) {
  if (::kill(outsider, 0) == 0) {
    say("kill_everybody", "not-sent");
    return;
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  int channel[2];
  if (::pipe(channel) != 0)
    return;
  const pid_t child = ::fork();
  if (child == 0) {
    // The sender itself is spared by kill(-1); its parent, this program, is
    // not a member of what is left if it dies.
    ::setsid();
    const pid_t grandchild = ::fork();
    if (grandchild == 0)
      for (;;)
        ::pause();
    ::_exit(::kill(-1, SIGCONT) == 0 ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  say("kill_everybody",
      WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "ok" : "refused");
  // The last act: everybody it may reach is gone, this process spared.
  say("kill_everybody_dead", outcome(::kill(-1, SIGKILL)));
  report("kill_own_group", ::kill(0, 0));
}

} // namespace

int main(int argc, char** argv) {
  const facts told(argc, argv);
  const int outsider = told.number("pid");
  direct(outsider);
  indirect(outsider);
  own();
  if (told.has("confined"))
    everybody(outsider);
}
