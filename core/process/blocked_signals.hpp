// Signals, kept from a thread for a moment.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace cordon::process {

/// While it lives, this thread blocks every signal, and so does what it makes:
/// none must reach a new thread or process before that has blocked them itself.
class blocked_signals {
public:
  blocked_signals() noexcept {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  blocked_signals(const blocked_signals&) = delete;
  blocked_signals& operator=(const blocked_signals&) = delete;
  ~blocked_signals() {
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

private:
  sigset_t before_{};
};

} // namespace cordon::process
