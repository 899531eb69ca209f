#include "tests/support/outside.hpp"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <new>
#include <sstream>

namespace cordon::test {

struct victim::memory {
  std::atomic<int> signals{0};
  std::atomic<int> synchronised{0};
  std::atomic<bool> ready{false};
  std::atomic<long> word{0x5afe};
};

namespace {
std::atomic<int>* counter = nullptr;
std::atomic<int>* synchronised = nullptr;

void count(int) {
  ++*counter;
}
void synchronise(int) {
  ++*synchronised;
}
} // namespace

void victim::live(memory& own) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  counter = &own.signals;
  synchronised = &own.synchronised;
  struct sigaction action {};
  // One at a time, in the order of their numbers.
  ::sigfillset(&action.sa_mask);
  action.sa_handler = synchronise;
  ::sigaction(SIGRTMAX, &action, nullptr);
  action.sa_handler = count;
  for (const int number : {SIGUSR1, SIGIO, SIGCONT, SIGHUP, SIGTERM, SIGINT})
    ::sigaction(number, &action, nullptr);
  own.ready = true;
  for (;;)
    ::pause();
}

victim::victim(const identity& who)
    : shared_(new (::mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0)) memory)
    , pid_(::fork()) {
  if (pid_ == 0) {
    ::setpgid(0, 0);
    become(who);
    live(*shared_);
  }
  while (!shared_->ready)
    ::sched_yield();
}

victim::~victim() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  ::munmap(shared_, 4096);
}

std::string victim::address() const {
  std::ostringstream text;
  text << std::hex << reinterpret_cast<std::uintptr_t>(&shared_->word);
  return text.str();
}

int victim::signals() const {
  // The highest signal is handled when nothing else is pending.
  const int before = shared_->synchronised;
  ::kill(pid_, SIGRTMAX);
  while (alive() && shared_->synchronised == before)
    ::sched_yield();
  return shared_->signals;
}

bool victim::alive() const {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid_), &info,
                  WEXITED | WNOHANG | WNOWAIT)
             == 0
         && info.si_pid == 0;
}

std::string victim::state() const {
  std::ostringstream text;
  for (int resource = 0; resource < RLIM_NLIMITS; ++resource) {
    rlimit limit{};
    ::prlimit(pid_, static_cast<__rlimit_resource>(resource), nullptr, &limit);
    text << limit.rlim_cur << '/' << limit.rlim_max << ' ';
  }
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  ::sched_getaffinity(pid_, sizeof cpus, &cpus);
  text << "nice " << ::getpriority(PRIO_PROCESS, static_cast<id_t>(pid_))
       << " policy " << ::sched_getscheduler(pid_) << " cpus "
       << CPU_COUNT(&cpus) << " io " << ::syscall(SYS_ioprio_get, 1, pid_)
       << " word " << shared_->word << " group " << ::getpgid(pid_);
  return text.str();
}

} // namespace cordon::test
