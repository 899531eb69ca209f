#include "cli/supervise.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <iterator>

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
/// included; SIGCONT is how a shell wakes the job, whoever sent it, unless it
/// comes of `stop_with_program`.
bool is_ours_to_pass(const signalfd_siginfo& seen) {
  return seen.ssi_signo == SIGCONT ? seen.ssi_code != POLL_IN
                                   : seen.ssi_code <= 0;
}

/// Stops this process, as the program is stopped, so that who waits for us sees
/// it. We go on when we are told to, or when the keeper has something to say:
/// then somebody inside continued the program, which may need us.
void stop_with_program(int keeper) {
  const int flags = ::fcntl(keeper, F_GETFL);
  ::fcntl(keeper, F_SETOWN, ::getpid());
  ::fcntl(keeper, F_SETSIG, SIGCONT);
  ::fcntl(keeper, F_SETFL, flags | O_ASYNC);
  pollfd said{keeper, POLLIN, 0};
  if (::poll(&said, 1, 0) == 0)
    ::raise(SIGSTOP);
  ::fcntl(keeper, F_SETFL, flags);
}

} // namespace

signal_watch::signal_watch() {
  const auto watched = passed_on();
  ::sigprocmask(SIG_BLOCK, &watched, &original_);
  fd_.reset(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
}

void pass_signals(process::keeper& keeper, int signals) {
  signalfd_siginfo seen;
  while (::read(signals, &seen, sizeof seen) == sizeof seen)
    if (is_ours_to_pass(seen))
      // If the keeper has just gone, `receive` tells why.
      static_cast<void>(keeper.signal(static_cast<int>(seen.ssi_signo)));
}

std::optional<result<process::ending>>
take_event(process::keeper& keeper, unique_fd* listener,
           const std::function<void(const process::keeper_event&)>& threads) {
  using what = process::keeper_event::what;
  auto event = keeper.receive();
  if (!event)
    return tl::make_unexpected(event.error());
  if (!*event)
    return std::nullopt;
  auto& e = **event;
  if (e.kind == what::stopped)
    stop_with_program(keeper.fd());
  else if (e.kind == what::listener && listener != nullptr)
    *listener = std::move(e.fd);
  else if (threads
           && (e.kind == what::traced || e.kind == what::untraced
               || e.kind == what::held))
    threads(e);
  else if (e.kind == what::lost)
    return fail(ECHILD, "keep the program: the keeper died, and the run with "
                        "it");
  else if (e.kind == what::ended)
    return e.end;
  return std::nullopt;
}

result<process::ending>
supervise(process::keeper& keeper, const signal_watch& signals, int visitors,
          const std::function<error(caller, unique_fd& listener)>& become) {
  // Whoever reads our messages may be gone: the program's status still counts.
  ::signal(SIGPIPE, SIG_IGN);
  unique_fd listener;
  pollfd watched[] = {{keeper.fd(), POLLIN, 0},
                      {signals.fd(), POLLIN, 0},
                      {-1, POLLIN, 0},
                      {visitors, POLLIN, 0}};
  while (true) {
    if (::poll(watched, std::size(watched), -1) < 0 && errno != EINTR)
      return fail_errno("wait for the program");
    if (watched[1].revents != 0)
      pass_signals(keeper, signals.fd());
    if ((watched[2].revents & POLLIN) != 0)
      return tl::make_unexpected(become(caller::trap, listener));
    if (watched[2].revents != 0)
      listener.reset(); // nobody uses the filter any more
    if (watched[0].revents != 0)
      if (auto end = take_event(keeper, &listener))
        return std::move(*end);
    watched[2].fd = listener.get();
    if (watched[3].revents != 0) {
      static_cast<void>(become(caller::visitor, listener));
      watched[3].fd = -1; // nobody can serve them; the run goes on
    }
  }
}

} // namespace cordon::cli
