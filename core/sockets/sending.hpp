// sendto(2), sendmsg(2) and sendmmsg(2), carried out on the caller's own
// socket.
#pragma once

#include "core/notify/caller_fds.hpp"
#include "core/notify/calls.hpp"
#include "core/notify/request.hpp"
#include "core/sockets/files.hpp"
#include "core/sockets/letter.hpp"
#include "core/sockets/rules.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace cordon::sockets {

/// One call, message by message. The lane prepares each and tries it; what has
/// to wait is delivered by a thread that may.
class sending {
public:
  enum class state : std::uint8_t { over, waits };

  /// Until the call is over, or a message has to wait and the caller wants to,
  /// or it is somebody else's turn. On the lane.
  [[nodiscard]] state go_on();
  /// Sends what waits. 0 or an errno; on a thread that may block.
  [[nodiscard]] int deliver() {
    return now_->deliver();
  }
  /// On the lane: this is what `deliver` said.
  void delivered(int error);

  /// What the call returns, once it is over: a count, or an errno.
  [[nodiscard]] std::int64_t count() const noexcept {
    return count_;
  }
  [[nodiscard]] const refusal& failure() const noexcept {
    return failure_;
  }
  /// Whether a signal lets a handler with SA_RESTART start the call again.
  [[nodiscard]] bool restarts() const noexcept {
    return !by_->limit;
  }

private:
  friend class post_office;

  [[nodiscard]] or_refusal<outgoing> read() const;
  [[nodiscard]] or_refusal<receiver>
  find_receiver(const std::string& address) const;
  [[nodiscard]] refusal prepare();
  [[nodiscard]] bool hand_on();
  void finish(refusal said);
  void sent(std::uint64_t bytes);
  void raise_sigpipe() const;

  class post_office* office_ = nullptr;
  notify::request asked_;
  std::shared_ptr<const channel> by_;
  std::unique_ptr<letter> now_;
  std::uint32_t messages_ = 1; ///< of sendmmsg(2): how many there are
  std::int64_t count_ = 0;     ///< messages of sendmmsg(2), else bytes
  std::size_t held_ = 0;       ///< fds of a message that waits
  refusal failure_;            ///< of the call
  bool over_ = false;
};

class post_office {
public:
  /// `among` and `callers` must live as long.
  post_office(std::shared_ptr<notify::calls> kernel, rules by,
              const files& among, notify::caller_fds& callers)
      : kernel_(std::move(kernel))
      , rules_(std::move(by))
      , files_(among)
      , callers_(callers) {
  }

  /// Takes the socket. What is asked for is read message by message.
  [[nodiscard]] or_refusal<std::shared_ptr<sending>>
  begin(const notify::request& asked);

private:
  friend class sending;

  [[nodiscard]] result<std::shared_ptr<courier>> messenger();

  /// What fds messages that wait may hold, all together.
  [[nodiscard]] static std::size_t most_held() noexcept;

  std::size_t held_ = 0; ///< by messages that wait
  std::shared_ptr<notify::calls> kernel_;
  rules rules_;
  const files& files_;
  notify::caller_fds& callers_;
  std::shared_ptr<courier> courier_; ///< made when first needed
};

} // namespace cordon::sockets
