// A process that sends in our stead.
//
// Who receives on an AF_UNIX socket is told by the kernel which process sent
// each message. Were it ours, a program could speak as its supervisor, to a
// service manager for one. So a process of its own sends: it shares our memory
// and our fds (clone(2) without CLONE_THREAD), wears the Landlock domain of the
// thread that made it, and does nothing but sendmsg(2).
#pragma once

#include "core/base/result.hpp"

#include <sys/socket.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

namespace cordon::sockets {

class courier {
public:
  /// It dies with the calling thread.
  [[nodiscard]] static result<std::unique_ptr<courier>> start();
  courier(const courier&) = delete;
  courier& operator=(const courier&) = delete;
  /// Waits for its end.
  ~courier();

  /// sendmsg(2) with MSG_DONTWAIT and MSG_NOSIGNAL. Returns the bytes sent, or
  /// minus an errno: EOWNERDEAD when the process has been killed. By any
  /// thread.
  [[nodiscard]] std::int64_t send(int socket, const msghdr& message, int flags);
  /// Whether it has been killed.
  [[nodiscard]] bool is_dead() const;
  [[nodiscard]] pid_t pid() const noexcept {
    return pid_;
  }

private:
  courier() = default;
  friend int serve_courier(void* self);

  static constexpr std::size_t stack_size = 32768;
  enum turn : std::uint32_t { idle, asked, done, over };

  // What both processes see. No atomics: one of them must not run functions
  // that a sanitizer has been at.
  std::uint32_t turn_ = idle;
  int socket_ = -1;
  const msghdr* message_ = nullptr;
  int flags_ = 0;
  std::int64_t returned_ = 0;

  pid_t parent_ = 0;
  pid_t pid_ = 0;
  std::unique_ptr<std::byte[]> stack_;
  mutable std::mutex lock_; ///< one message at a time
  mutable bool dead_ = false;
};

} // namespace cordon::sockets
