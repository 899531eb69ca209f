#include "core/notify/calls.hpp"

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

} // namespace

kernel_calls::kernel_calls(unique_fd listener) noexcept
    : listener_(std::move(listener)) {
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

int kernel_calls::send_fd(std::uint64_t id, int fd, bool close_on_exec) {
  seccomp_notif_addfd add{};
  add.id = id;
  add.flags = SECCOMP_ADDFD_FLAG_SEND;
  add.srcfd = static_cast<std::uint32_t>(fd);
  add.newfd_flags = close_on_exec ? O_CLOEXEC : 0;
  return outcome(::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &add));
}

int kernel_calls::add_fd(std::uint64_t id, int fd, bool close_on_exec) {
  seccomp_notif_addfd add{};
  add.id = id;
  add.srcfd = static_cast<std::uint32_t>(fd);
  add.newfd_flags = close_on_exec ? O_CLOEXEC : 0;
  const int number = ::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &add);
  return number < 0 ? -errno : number;
}

} // namespace cordon::notify
