// One message on its way: checked, pinned, and sent from a copy of its data.
#pragma once

#include "core/base/unique_fd.hpp"
#include "core/notify/calls.hpp"
#include "core/sockets/control.hpp"
#include "core/sockets/courier.hpp"
#include "core/sockets/outgoing.hpp"
#include "core/sockets/take.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace cordon::sockets {

/// The socket of a message, and how its sender wants to wait.
struct channel {
  unique_fd socket; ///< the sender's own
  facts kind;
  std::uint64_t id = 0; ///< of the notification
  pid_t tid = 0;
  int flags = 0;       ///< MSG_…
  bool blocks = false; ///< neither MSG_DONTWAIT nor O_NONBLOCK
  /// SO_SNDTIMEO; unset: as long as it takes.
  std::optional<std::chrono::microseconds> limit;
};

/// The address as it is given to the kernel.
struct receiver {
  std::string address;
  unique_fd file; ///< what `address` leads to, if that is a socket file
};

class letter {
public:
  letter(std::shared_ptr<const channel> by,
         std::shared_ptr<notify::calls> kernel, std::shared_ptr<courier> sender,
         outgoing what, carried_control control, receiver to);

  /// Sends what can be sent without waiting, and without taking long. 0: all of
  /// it; EAGAIN: the rest would have to wait; else what went wrong.
  [[nodiscard]] int attempt() {
    return attempt(at_once);
  }
  /// The same, however long it takes, and waiting in between if the sender
  /// does: on a thread that may. EINTR: broken off; EAGAIN: the time limit is
  /// over.
  [[nodiscard]] int deliver();
  /// Whether all of it was sent.
  [[nodiscard]] bool is_whole() const noexcept {
    return sent_ == what_.size;
  }
  /// How many fds of ours it holds.
  [[nodiscard]] std::size_t carried() const noexcept {
    return control_.fds.size();
  }
  /// What was sent so far, in bytes.
  [[nodiscard]] std::uint64_t sent() const noexcept {
    return sent_;
  }

private:
  /// Somebody who reads as fast as we write would keep us here.
  static constexpr std::uint64_t at_once = 1'048'576;

  [[nodiscard]] int attempt(std::uint64_t at_most);
  [[nodiscard]] bool is_stream() const noexcept {
    return by_->kind.type == SOCK_STREAM;
  }
  [[nodiscard]] int fetch();
  [[nodiscard]] std::int64_t post();
  [[nodiscard]] int wait(bool in_vain) const;
  void watch_receiver();

  std::shared_ptr<const channel> by_;
  std::shared_ptr<notify::calls> kernel_;
  std::shared_ptr<courier> sender_;
  outgoing what_;
  carried_control control_;
  receiver to_;

  bool began_ = false;
  std::uint64_t sent_ = 0;
  // A copy of some of the data: bytes from `sent_` on. What follows them and
  // cannot be read comes to the kernel as an address that is bad.
  std::string copied_;
  std::size_t used_ = 0;     ///< of `copied_`: sent
  std::uint64_t beyond_ = 0; ///< bytes after `copied_` that cannot be read
  unique_fd probe_;          ///< connected to the receiver: tells of its room
};

} // namespace cordon::sockets
