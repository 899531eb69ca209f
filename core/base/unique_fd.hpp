// Ownership of file descriptors.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace cordon {

/// Owns one file descriptor and closes it. Move-only; an fd inside is >= 0.
class unique_fd {
public:
  unique_fd() noexcept = default;
  explicit unique_fd(int fd) noexcept
      : fd_(fd) {
  }
  unique_fd(unique_fd&& other) noexcept
      : fd_(other.release()) {
  }
  unique_fd& operator=(unique_fd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  unique_fd(const unique_fd&) = delete;
  unique_fd& operator=(const unique_fd&) = delete;
  ~unique_fd() {
    reset();
  }

  [[nodiscard]] int get() const noexcept {
    return fd_;
  }
  [[nodiscard]] explicit operator bool() const noexcept {
    return fd_ >= 0;
  }
  /// Another number for the same open file, close-on-exec; empty (and errno)
  /// when there is none to be had.
  [[nodiscard]] unique_fd duplicate() const noexcept {
    return unique_fd{::fcntl(fd_, F_DUPFD_CLOEXEC, 3)};
  }
  /// Gives up ownership without closing.
  [[nodiscard]] int release() noexcept {
    return std::exchange(fd_, -1);
  }
  /// Closes what is held and takes `fd` (-1 for nothing). close(2) is never
  /// retried: Linux frees the number even when it reports EINTR.
  void reset(int fd = -1) noexcept {
    const int old = std::exchange(fd_, fd);
    if (old >= 0)
      ::close(old);
  }

private:
  int fd_ = -1;
};

} // namespace cordon
