#include "core/keeper/listener_handover.hpp"

#include "core/linux/calls.hpp"
#include "core/process/fd_message.hpp"
#include "core/process/wire.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <atomic>
#include <cstring>

namespace cordon::keeper {
namespace {

namespace wire = process::wire;

bool child_is_gone(const run& r) {
  siginfo_t seen{};
  return ::waitid(P_PID, static_cast<id_t>(r.child), &seen,
                  WEXITED | WNOHANG | WNOWAIT)
             != 0
         || seen.si_pid != 0;
}

bool supervisor_is_gone(const run& r) {
  pollfd one{r.given->supervisor, POLLIN, 0};
  return ::poll(&one, 1, 0) == 1;
}

/// The word once it is not 0; 0 when nobody will ever set it.
std::uint32_t await(std::uint32_t& word, const run& r) {
  constexpr timespec look_around{0, 20'000'000};
  const std::atomic_ref seen{word};
  while (seen.load() == 0) {
    sys::futex_wait(&word, 0, look_around);
    if (seen.load() == 0 && (child_is_gone(r) || supervisor_is_gone(r)))
      return seen.load();
  }
  return seen.load();
}

void send_listener(int fd) {
  wire::report report{};
  report.what = wire::report::listener;
  process::fd_message<1> message{&report, sizeof report};
  std::memcpy(CMSG_DATA(message.attach(1)), &fd, sizeof fd);
  // A supervisor that is gone is noticed by the loop.
  ::sendmsg(wire::control_fd, &message.header, MSG_NOSIGNAL);
}

} // namespace

void say_watched(process::listener_words& words) noexcept {
  std::atomic_ref{words.watched}.store(1);
  sys::futex_wake(&words.watched);
}

void hand_listener_over(process::listener_words& words, const run& r) noexcept {
  const auto number = await(words.number, r);
  if (number == 0)
    return;
  const int listener = static_cast<int>(number - 1);
  send_listener(listener);
  await(words.parted, r);
  ::close(listener);
}

} // namespace cordon::keeper
