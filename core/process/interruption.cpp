#include "core/process/interruption.hpp"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

namespace cordon::process {
namespace {

int take_signal() {
  for (int number = SIGRTMAX; number >= SIGRTMIN; --number) {
    struct sigaction now {};
    if (::sigaction(number, nullptr, &now) != 0 || now.sa_handler != SIG_DFL)
      continue;
    struct sigaction nothing {};
    nothing.sa_handler = [](int) {}; // without SA_RESTART
    ::sigfillset(&nothing.sa_mask);
    if (::sigaction(number, &nothing, nullptr) == 0)
      return number;
  }
  return 0;
}

void unblock(int signal) {
  sigset_t one;
  ::sigemptyset(&one);
  ::sigaddset(&one, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
}

} // namespace

int interrupting_signal() {
  static const int taken = take_signal();
  return taken;
}

void hear_interruptions_only() {
  sigset_t most;
  ::sigfillset(&most);
  for (const int fault :
       {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGABRT})
    ::sigdelset(&most, fault);
  if (interrupting_signal() != 0)
    ::sigdelset(&most, interrupting_signal());
  ::pthread_sigmask(SIG_SETMASK, &most, nullptr);
}

time_limit::time_limit() {
  const int signal = interrupting_signal();
  if (signal == 0)
    return;
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = signal;
  event._sigev_un._tid = ::gettid();
  timer_t made{};
  if (::timer_create(CLOCK_MONOTONIC, &event, &made) != 0)
    return;
  timer_ = made;
  unblock(signal);
}

time_limit::~time_limit() {
  if (timer_)
    ::timer_delete(*timer_);
}

void time_limit::start(std::chrono::microseconds at_most) noexcept {
  const timespec each{at_most.count() / 1'000'000,
                      at_most.count() % 1'000'000 * 1'000};
  const itimerspec when{each, each};
  ::timer_settime(*timer_, 0, &when, nullptr);
}

} // namespace cordon::process
