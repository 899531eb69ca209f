#include "cli/supervise.hpp"

#include <poll.h>
#include <sys/signalfd.h>

namespace cordon::cli {
namespace {

/// Everything but what cannot be blocked, what means a fault of our own, what
/// the keeper is waited for by, and SIGPIPE, which a write of ours would make.
sigset_t passed_on() {
  sigset_t set;
  ::sigfillset(&set);
  for (const int own : {SIGKILL, SIGSTOP, SIGCHLD, SIGPIPE, SIGSEGV, SIGBUS,
                        SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGABRT})
    ::sigdelset(&set, own);
  return set;
}

/// Whether the program has not had this signal yet. What the kernel made (^C,
/// a resized window) went to the whole foreground group, the program
/// included; SIGCONT is how a shell wakes the job, whoever sent it.
bool is_ours_to_pass(const signalfd_siginfo& seen) {
  return seen.ssi_code <= 0 || seen.ssi_signo == SIGCONT;
}

void drain(process::keeper& keeper, int fd) {
  signalfd_siginfo seen;
  while (::read(fd, &seen, sizeof seen) == sizeof seen)
    if (is_ours_to_pass(seen))
      // If the keeper has just gone, `receive` tells why.
      static_cast<void>(keeper.signal(static_cast<int>(seen.ssi_signo)));
}

} // namespace

signal_watch::signal_watch() {
  const auto watched = passed_on();
  ::sigprocmask(SIG_BLOCK, &watched, &original_);
  fd_.reset(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
}

result<process::ending> supervise(process::keeper& keeper,
                                  const signal_watch& signals) {
  using what = process::keeper_event::what;
  // Whoever reads our messages may be gone: the program's status still counts.
  ::signal(SIGPIPE, SIG_IGN);
  pollfd watched[] = {{keeper.fd(), POLLIN, 0}, {signals.fd(), POLLIN, 0}};
  while (true) {
    if (::poll(watched, 2, -1) < 0 && errno != EINTR)
      return fail_errno("wait for the program");
    if (watched[1].revents != 0)
      drain(keeper, signals.fd());
    if (watched[0].revents == 0)
      continue;
    const auto event = keeper.receive();
    if (!event)
      return tl::make_unexpected(event.error());
    if (!*event)
      continue;
    const auto& e = **event;
    if (e.kind == what::stopped)
      ::raise(SIGSTOP);
    else if (e.kind == what::lost)
      return fail(ECHILD, "keep the program: the keeper died, and the run "
                          "with it");
    else if (e.kind == what::ended)
      return e.end;
  }
}

} // namespace cordon::cli
