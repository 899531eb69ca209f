#include "core/notify/calls.hpp"

#include "core/linux/abi.hpp"
#include "core/linux/calls.hpp"
#include "core/linux/kept_here.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <cerrno>

namespace cordon::notify {
namespace {

// Newer than the distribution's headers (include/uapi/linux/seccomp.h, 6.6).
constexpr unsigned long set_flags = _IOW('!', 4, std::uint64_t);
constexpr std::uint64_t sync_wake_up = 1;
/// ID_VALID with the right direction bits (5.17; the old number still works).
constexpr unsigned long id_valid = _IOW('!', 2, std::uint64_t);

int outcome(int returned) {
  return returned < 0 ? errno : 0;
}

/// Whether a caller that was received waits on whatever signals it gets, short
/// of those that kill it: listeners are made so where the kernel can. It looks
/// at the flags before it looks for the filter.
bool can_wait_killable() {
  return sys::seccomp(SECCOMP_SET_MODE_FILTER,
                      sys::abi::seccomp_new_listener
                          | sys::abi::seccomp_wait_killable,
                      nullptr)
             != 0
         && errno == EFAULT;
}

} // namespace

kernel_calls::kernel_calls(unique_fd listener, bool keeps_callers) noexcept
    : listener_(std::move(listener))
    , keeps_callers_(keeps_callers && can_wait_killable()) {
  static_cast<void>(::ioctl(listener_.get(), set_flags, sync_wake_up));
}

int kernel_calls::receive(seccomp_notif& into) {
  into = {}; // the kernel refuses a buffer that is not all zero
  return outcome(::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, &into));
}

bool kernel_calls::waiting() {
  pollfd one{listener_.get(), POLLIN, 0};
  return ::poll(&one, 1, 0) == 1 && (one.revents & POLLIN) != 0;
}

bool kernel_calls::valid(std::uint64_t id) {
  return ::ioctl(listener_.get(), id_valid, &id) == 0;
}

int kernel_calls::send(const seccomp_notif_resp& answer) {
  auto copy = answer;
  return outcome(::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, &copy));
}

int kernel_calls::add(caller who, int fd, bool close_on_exec,
                      std::uint32_t flags) {
  seccomp_notif_addfd add{};
  add.id = who.id;
  add.flags = flags;
  add.srcfd = static_cast<std::uint32_t>(fd);
  add.newfd_flags = close_on_exec ? O_CLOEXEC : 0;
  const int number = ::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &add);
  return number < 0 ? -errno : number;
}

// The kernel's own way to add and answer at once wakes the caller wherever
// there is an idle CPU, and so does adding alone; only answering alone wakes it
// where we are. So: adding side by side, then the answer. Where there is one
// CPU only, the kernel's own way is the shorter one; and where a signal could
// come between the two, that would leave an fd that nobody was told of.
int kernel_calls::send_fd(caller who, int fd, bool close_on_exec) {
  constexpr std::uint32_t at_once = SECCOMP_ADDFD_FLAG_SEND; // Linux 5.14
  int number = 0;
  bool answered = true;
  if (keeps_callers_) {
    const sys::side_by_side meanwhile{who.tid};
    answered = !meanwhile;
    number = add(who, fd, close_on_exec, answered ? at_once : 0);
  } else {
    number = add(who, fd, close_on_exec, at_once);
  }
  if (number < 0 || answered)
    return number < 0 ? -number : 0;
  seccomp_notif_resp answer{};
  answer.id = who.id;
  answer.val = number;
  return send(answer);
}

int calls::add_fds(caller who, std::span<const int> fds, bool close_on_exec,
                   std::span<int> numbers) {
  for (std::size_t i = 0; i < fds.size(); ++i) {
    const int number = add_fd(who, fds[i], close_on_exec);
    if (number < 0)
      return -number;
    numbers[i] = number;
  }
  return 0;
}

int kernel_calls::add_fds(caller who, std::span<const int> fds,
                          bool close_on_exec, std::span<int> numbers) {
  if (!keeps_callers_)
    return calls::add_fds(who, fds, close_on_exec, numbers);
  const sys::side_by_side meanwhile{who.tid};
  for (std::size_t i = 0; i < fds.size(); ++i) {
    const int number = add(who, fds[i], close_on_exec, 0);
    if (number < 0)
      return -number;
    numbers[i] = number;
  }
  return 0;
}

int kernel_calls::add_fd(caller who, int fd, bool close_on_exec) {
  if (!keeps_callers_)
    return add(who, fd, close_on_exec, 0);
  // The caller wakes up, takes the fd, wakes us and waits again.
  const sys::side_by_side meanwhile{who.tid};
  return add(who, fd, close_on_exec, 0);
}

} // namespace cordon::notify
