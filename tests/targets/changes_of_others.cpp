// Limits, priorities, scheduling and signals among a program's own processes
// and threads, with sound and unsound arguments. The same inside and outside.
#include "tests/targets/probe.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <array>
#include <functional>
#include <string>
#include <thread>

using namespace probe;

namespace {

constexpr int io_process = 1, io_group = 2, io_user = 3;
constexpr int idle_class = 3 << 13, best_effort = 2 << 13 | 6;
void* const nowhere = reinterpret_cast<void*>(8);

struct attributes {
  std::uint32_t size = 48;
  std::uint32_t policy = SCHED_BATCH;
  std::uint64_t flags = 0;
  std::int32_t nice = 7;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0, deadline = 0, period = 0;
  char unknown[4096] = {};
};

/// Whom a call is about.
struct target {
  std::string what;
  int number;
};

void limits(const target& who) {
  rlimit wanted{50, 60}, old{};
  const auto name = "prlimit64 of " + who.what;
  report(name, call(SYS_prlimit64, who.number, RLIMIT_NOFILE, &wanted, &old));
  report(name + ", again",
         call(SYS_prlimit64, who.number, RLIMIT_NOFILE, &wanted, &old));
  if (who.number > 1)
    say(name + ", old", std::to_string(old.rlim_cur));
  rlimit more{50, 70}, crossed{60, 50};
  report(name + ", crossed",
         call(SYS_prlimit64, who.number, RLIMIT_NOFILE, &crossed, nullptr));
  if (::geteuid() != 0)
    report(name + ", raised",
           call(SYS_prlimit64, who.number, RLIMIT_NOFILE, &more, nullptr));
  report(name + ", no such limit",
         call(SYS_prlimit64, who.number, 99, &wanted, nullptr));
  report(name + ", bad pointer",
         call(SYS_prlimit64, who.number, RLIMIT_NOFILE, nowhere, nullptr));
  report(name + ", bad old",
         call(SYS_prlimit64, who.number, RLIMIT_NOFILE, &wanted, nowhere));
  report(name + ", read only",
         call(SYS_prlimit64, who.number, RLIMIT_NOFILE, nullptr, &old));
}

void priorities(const target& who) {
  const auto name = " of " + who.what;
  for (const int nice : {5, 4, 100, 19}) {
    report("setpriority" + name + " to " + std::to_string(nice),
           call(SYS_setpriority, PRIO_PROCESS, who.number, nice));
    say("getpriority" + name,
        std::to_string(call(SYS_getpriority, PRIO_PROCESS, who.number)));
  }
  for (const int priority : {idle_class, best_effort, 0, 7 << 13, 1 << 13}) {
    report("ioprio_set" + name + " to " + std::to_string(priority),
           call(SYS_ioprio_set, io_process, who.number, priority));
    say("ioprio_get" + name,
        std::to_string(call(SYS_ioprio_get, io_process, who.number)));
  }
}

void scheduling(const target& who) {
  const auto name = " of " + who.what;
  cpu_set_t set;
  ::sched_getaffinity(0, sizeof set, &set);
  for (const std::size_t size : {0UL, 1UL, 8UL, 128UL, 100'000UL})
    report("sched_setaffinity" + name + ", size " + std::to_string(size),
           call(SYS_sched_setaffinity, who.number, size, &set));
  cpu_set_t none;
  CPU_ZERO(&none);
  report("sched_setaffinity" + name + ", none",
         call(SYS_sched_setaffinity, who.number, sizeof none, &none));
  report("sched_setaffinity" + name + ", bad pointer",
         call(SYS_sched_setaffinity, who.number, 8, nowhere));
  sched_param fine{}, high{};
  high.sched_priority = 5;
  for (const int policy : {SCHED_BATCH, SCHED_OTHER, SCHED_FIFO, 99, -1})
    for (void* const parameter :
         std::array<void*, 4>{&fine, &high, nullptr, nowhere}) {
      report("sched_setscheduler" + name + " to " + std::to_string(policy),
             call(SYS_sched_setscheduler, who.number, policy, parameter));
      report("sched_setparam" + name,
             call(SYS_sched_setparam, who.number, parameter));
    }
  say("sched_getscheduler" + name,
      std::to_string(call(SYS_sched_getscheduler, who.number)));
  for (const std::uint32_t size : {48U, 0U, 47U, 56U, 4096U, 5000U}) {
    attributes wanted;
    wanted.size = size;
    report("sched_setattr" + name + ", size " + std::to_string(size),
           call(SYS_sched_setattr, who.number, &wanted, 0));
    say("size then", std::to_string(wanted.size));
  }
  attributes unknown;
  unknown.size = 4096;
  unknown.unknown[100] = 1;
  report("sched_setattr" + name + ", unknown",
         call(SYS_sched_setattr, who.number, &unknown, 0));
  report("sched_setattr" + name + ", flags",
         call(SYS_sched_setattr, who.number, &unknown, 1));
  report("sched_setattr" + name + ", null",
         call(SYS_sched_setattr, who.number, nullptr, 0));
  report("sched_setattr" + name + ", bad pointer",
         call(SYS_sched_setattr, who.number, nowhere, 0));
}

siginfo_t queued(int code) {
  siginfo_t info{};
  info.si_signo = SIGUSR1;
  info.si_code = code;
  info.si_pid = ::getpid();
  info.si_uid = ::getuid();
  info.si_value.sival_int = 17;
  return info;
}

void signals(const target& who) {
  const auto name = " to " + who.what;
  for (const int signal : {0, SIGUSR1, 99, -1}) {
    const auto all = name + ", " + std::to_string(signal);
    report("kill" + all, call(SYS_kill, who.number, signal));
    report("tkill" + all, call(SYS_tkill, who.number, signal));
    report("tgkill" + all, call(SYS_tgkill, who.number, who.number, signal));
    report("tgkill of another process" + all,
           call(SYS_tgkill, ::getppid(), who.number, signal));
  }
  for (const int code : {SI_QUEUE, SI_TKILL, SI_USER}) {
    siginfo_t info = queued(code);
    const auto all = name + ", " + std::to_string(code);
    report("rt_sigqueueinfo" + all,
           call(SYS_rt_sigqueueinfo, who.number, SIGUSR1, &info));
    report("rt_tgsigqueueinfo" + all,
           call(SYS_rt_tgsigqueueinfo, who.number, who.number, SIGUSR1, &info));
  }
  report("rt_sigqueueinfo" + name + ", bad pointer",
         call(SYS_rt_sigqueueinfo, who.number, SIGUSR1, nowhere));
  const long pidfd = call(SYS_pidfd_open, who.number, 0);
  siginfo_t info = queued(SI_QUEUE);
  report("pidfd_send_signal" + name,
         call(SYS_pidfd_send_signal, pidfd, SIGUSR1, nullptr, 0));
  report("pidfd_send_signal" + name + ", info",
         call(SYS_pidfd_send_signal, pidfd, SIGUSR1, &info, 0));
  report("pidfd_send_signal" + name + ", flags",
         call(SYS_pidfd_send_signal, pidfd, SIGUSR1, nullptr, 64));
  if (pidfd >= 0)
    ::close(static_cast<int>(pidfd));
  int pair[2];
  if (::pipe(pair) != 0)
    return;
  // A group is not aimed at on behalf.
  if (who.number > 0)
    report("F_SETOWN" + name, ::fcntl(pair[0], F_SETOWN, who.number));
  say("F_GETOWN" + name, ::fcntl(pair[0], F_GETOWN) == who.number ? "it" : "?");
  ::close(pair[0]);
  ::close(pair[1]);
}

/// A process that ignores signals and lives as long as this one.
pid_t sleeper(bool own_group) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (own_group)
      ::setpgid(0, 0);
    for (;;)
      ::pause();
  }
  if (own_group)
    ::setpgid(pid, pid);
  return pid;
}

void groups(pid_t group) {
  report("setpriority of a group", call(SYS_setpriority, PRIO_PGRP, group, 9));
  say("getpriority of it",
      std::to_string(call(SYS_getpriority, PRIO_PROCESS, group)));
  report("ioprio_set of a group",
         call(SYS_ioprio_set, io_group, group, best_effort));
  report("setpriority of a missing group",
         call(SYS_setpriority, PRIO_PGRP, 0x3FFFFF, 9));
  report("setpriority of nothing", call(SYS_setpriority, 3, group, 9));
  report("setpriority of less", call(SYS_setpriority, -1, group, 9));
  report("ioprio_set of nothing", call(SYS_ioprio_set, 9, group, best_effort));
  report("kill of a group", ::kill(-group, SIGUSR1));
  report("kill of a missing group", ::kill(-0x3FFFFF, SIGUSR1));
}

void all(const target& who, bool with_signals) {
  limits(who);
  priorities(who);
  scheduling(who);
  if (with_signals)
    signals(who);
}

} // namespace

int main(int argc, char** argv) {
  const facts told(argc, argv);
  const bool with_signals = told.has("signals");
  ::signal(SIGUSR1, SIG_IGN);
  const pid_t child = sleeper(false);
  const pid_t leader = sleeper(true);
  int tid = 0;
  int ready[2];
  if (::pipe(ready) != 0)
    return 1;
  std::thread thread{[&] {
    tid = static_cast<int>(call(SYS_gettid));
    static_cast<void>(::write(ready[1], "x", 1));
    for (;;)
      ::pause();
  }};
  thread.detach();
  read_some(ready[0]);
  all({"a child", child}, with_signals);
  all({"another thread", tid}, with_signals);
  all({"nobody", 0x3FFFFF}, with_signals);
  all({"a negative number", -5}, with_signals);
  groups(leader);
  all({"itself", ::getpid()}, with_signals);
  ::kill(child, SIGKILL);
  ::kill(leader, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  say("killed", std::to_string(status));
  all({"one that is gone", child}, with_signals);
}
