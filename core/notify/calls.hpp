// The listener's ioctls behind a small interface, so that a test can play the
// kernel.
#pragma once

#include "core/base/unique_fd.hpp"

#include <linux/seccomp.h>
#include <sys/types.h>

#include <cstdint>
#include <span>

namespace cordon::notify {

/// Who waits for an answer: the notification's id and the thread's number.
struct caller {
  std::uint64_t id;
  pid_t tid;
};

/// Answers are 0 or an errno unless stated otherwise.
class calls {
public:
  calls() = default;
  calls(const calls&) = delete;
  calls& operator=(const calls&) = delete;
  virtual ~calls() = default;

  /// SECCOMP_IOCTL_NOTIF_RECV. Blocks while nothing waits. ENOENT: what
  /// waited has gone, or nobody uses the filter any more.
  virtual int receive(seccomp_notif& into) = 0;
  /// Whether something waits to be received. Never blocks.
  virtual bool waiting() = 0;
  /// SECCOMP_IOCTL_NOTIF_ID_VALID: whether the caller still waits.
  virtual bool valid(std::uint64_t id) = 0;
  /// SECCOMP_IOCTL_NOTIF_SEND. ENOENT: the caller has gone.
  virtual int send(const seccomp_notif_resp& answer) = 0;
  /// SECCOMP_IOCTL_NOTIF_ADDFD, and the call returns the number of the new fd.
  /// EMFILE and the like are the caller's: nothing was sent then.
  virtual int send_fd(caller who, int fd, bool close_on_exec) = 0;
  /// The same without an answer: the number of the new fd, or minus an errno.
  virtual int add_fd(caller who, int fd, bool close_on_exec) = 0;
  /// The same of several: `numbers[i]` becomes that of `fds[i]`, until one
  /// fails. 0 or that one's errno.
  virtual int add_fds(caller who, std::span<const int> fds, bool close_on_exec,
                      std::span<int> numbers);
};

/// The kernel itself.
class kernel_calls final : public calls {
public:
  /// Takes the listener fd and asks for synchronous wake-ups (Linux 6.6;
  /// without them everything works, slower).
  ///
  /// `keeps_callers`: whether a caller that is given an fd may be kept on one
  /// CPU meanwhile (core/linux/kept_here.hpp). Others of its process can see
  /// that, unless they are answered as well (`sched_getaffinity`, /proc).
  explicit kernel_calls(unique_fd listener,
                        bool keeps_callers = false) noexcept;

  int receive(seccomp_notif& into) override;
  bool waiting() override;
  bool valid(std::uint64_t id) override;
  int send(const seccomp_notif_resp& answer) override;
  int send_fd(caller who, int fd, bool close_on_exec) override;
  int add_fd(caller who, int fd, bool close_on_exec) override;
  int add_fds(caller who, std::span<const int> fds, bool close_on_exec,
              std::span<int> numbers) override;

  /// For epoll: readable when something waits; hung up when no task uses the
  /// filter any more.
  [[nodiscard]] int fd() const noexcept {
    return listener_.get();
  }

private:
  int add(caller who, int fd, bool close_on_exec, std::uint32_t flags);

  unique_fd listener_;
  bool keeps_callers_;
};

} // namespace cordon::notify
