// connect(2) and listen(2), carried out on the caller's own socket.
#pragma once

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"
#include "core/notify/caller_fds.hpp"
#include "core/notify/calls.hpp"
#include "core/notify/request.hpp"
#include "core/sockets/files.hpp"
#include "core/sockets/rules.hpp"

#include <memory>
#include <string>

namespace cordon::sockets {

/// A connection that may be tried: everything it needs is held, so that what
/// was checked is what is connected to.
class connection {
public:
  /// connect(2). Returns 0 or the errno. Without effect when it says EINTR, but
  /// for TCP: there a second try goes on with the first.
  [[nodiscard]] int attempt() const noexcept;
  /// Whether `attempt` may block: the caller's own file status flags say so.
  [[nodiscard]] bool blocks() const noexcept;
  /// Whether a signal lets a handler with SA_RESTART start it again: not when
  /// the socket has a time limit, as for the kernel.
  [[nodiscard]] bool restarts() const noexcept;
  [[nodiscard]] bool is_local() const noexcept {
    return is_local_;
  }
  /// For messages: ":443", or what stands for the name.
  [[nodiscard]] const std::string& about() const noexcept {
    return about_;
  }

private:
  friend class connector;
  unique_fd socket_;
  unique_fd target_; ///< the socket file
  std::string address_;
  std::string about_;
  bool is_local_ = false;
};

class connector {
public:
  /// `among` and `callers` must live as long.
  connector(std::shared_ptr<notify::calls> kernel, rules by, const files& among,
            notify::caller_fds& callers)
      : kernel_(std::move(kernel))
      , rules_(std::move(by))
      , files_(among)
      , callers_(callers) {
  }

  /// Takes the socket, understands the address, finds and pins a socket file
  /// and asks the policy.
  [[nodiscard]] or_refusal<connection>
  prepare(const notify::request& asked) const;
  /// listen(2), whole.
  [[nodiscard]] refusal listen(const notify::request& asked) const;

private:
  [[nodiscard]] or_refusal<connection> to_unix(const notify::request& asked,
                                               connection made) const;
  [[nodiscard]] or_refusal<connection> to_file(const notify::request& asked,
                                               std::string path,
                                               connection made) const;
  [[nodiscard]] or_refusal<connection> to_port(connection made) const;
  [[nodiscard]] bool may_listen(const unique_fd& socket) const;

  std::shared_ptr<notify::calls> kernel_;
  rules rules_;
  const files& files_;
  notify::caller_fds& callers_;
};

} // namespace cordon::sockets
