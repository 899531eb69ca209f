#include "core/notify/notification.hpp"

#include <cerrno>
#include <utility>

namespace cordon::notify {
namespace {

constexpr int highest_errno = 4095;
constexpr int restart_if_handler_says_so = 512; // ERESTARTSYS

} // namespace

notification::notification(std::shared_ptr<calls> kernel,
                           const seccomp_notif& raw) noexcept
    : kernel_(std::move(kernel))
    , raw_(raw) {
}

notification::notification(notification&& other) noexcept
    : kernel_(std::move(other.kernel_))
    , raw_(other.raw_) {
}

notification& notification::operator=(notification&& other) noexcept {
  if (this != &other) {
    refuse(EPERM);
    kernel_ = std::move(other.kernel_);
    raw_ = other.raw_;
  }
  return *this;
}

notification::~notification() {
  refuse(EPERM);
}

bool notification::valid() const {
  return kernel_ != nullptr && kernel_->valid(raw_.id);
}

bool notification::send(seccomp_notif_resp answer) {
  const auto kernel = std::exchange(kernel_, nullptr);
  if (kernel == nullptr)
    return false;
  answer.id = raw_.id;
  return kernel->send(answer) == 0;
}

bool notification::pass() {
  seccomp_notif_resp answer{};
  answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  return send(answer);
}

bool notification::refuse(int error) {
  seccomp_notif_resp answer{};
  answer.error = error >= 1 && error <= highest_errno ? -error : -EPERM;
  return send(answer);
}

bool notification::give(std::int64_t value) {
  if (value >= -highest_errno && value < 0)
    return refuse(EPERM);
  seccomp_notif_resp answer{};
  answer.val = value;
  return send(answer);
}

bool notification::inject(int fd, bool close_on_exec) {
  if (kernel_ == nullptr)
    return false;
  if (const int error = kernel_->send_fd({raw_.id, tid()}, fd, close_on_exec);
      error != 0) {
    refuse(error);
    return false;
  }
  kernel_ = nullptr;
  return true;
}

bool notification::interrupt() {
  seccomp_notif_resp answer{};
  answer.error = -restart_if_handler_says_so;
  return send(answer);
}

} // namespace cordon::notify
