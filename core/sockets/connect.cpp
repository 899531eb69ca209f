#include "core/sockets/connect.hpp"

#include "core/sockets/address.hpp"
#include "core/sockets/take.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>

namespace cordon::sockets {
namespace {

constexpr int longest_address = sizeof(sockaddr_storage);

auto refuse(int error, std::string about = {}) {
  return tl::make_unexpected(refusal{error, std::move(about)});
}

bool is_tcp(const facts& socket) {
  return (socket.domain == AF_INET || socket.domain == AF_INET6)
         && socket.type == SOCK_STREAM && socket.protocol == IPPROTO_TCP;
}

/// The port a socket is bound to; 0: none.
std::uint16_t bound_port(const unique_fd& socket) {
  sockaddr_storage bytes{};
  socklen_t size = sizeof bytes;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bytes), &size)
      != 0)
    return 0;
  return parse_address({reinterpret_cast<const char*>(&bytes), size}).port;
}

} // namespace

int connection::attempt() const noexcept {
  const auto* const where = reinterpret_cast<const sockaddr*>(address_.data());
  const auto size = static_cast<socklen_t>(address_.size());
  return ::connect(socket_.get(), where, size) == 0 ? 0 : errno;
}

bool connection::blocks() const noexcept {
  return (::fcntl(socket_.get(), F_GETFL) & O_NONBLOCK) == 0;
}

bool connection::restarts() const noexcept {
  timeval limit{};
  socklen_t size = sizeof limit;
  return ::getsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, &size)
             != 0
         || (limit.tv_sec == 0 && limit.tv_usec == 0);
}

auto connector::prepare(const notify::request& asked) const
    -> or_refusal<connection> {
  auto socket = take_fd(callers_, asked.tid, static_cast<int>(asked.args[0]));
  if (!socket)
    return refuse(socket.error().code);
  // In the kernel's order: the fd, the address, what the fd is.
  const auto length = static_cast<std::int32_t>(asked.args[2]);
  if (length < 0 || length > longest_address)
    return refuse(EINVAL);
  if (asked.unreadable)
    return refuse(EFAULT);
  const auto found = look_at(*socket);
  if (!found)
    return refuse(found.error().code);
  connection made;
  made.socket_ = std::move(*socket);
  made.address_ = asked.value;
  if (found->domain == AF_UNIX)
    return to_unix(asked, std::move(made));
  if (!kernel_->valid(asked.id))
    return refuse(ESRCH);
  if (is_tcp(*found))
    return to_port(std::move(made));
  return refuse(EACCES, "a socket that is neither AF_UNIX nor TCP");
}

auto connector::to_unix(const notify::request& asked, connection made) const
    -> or_refusal<connection> {
  using kind = address::kind;
  auto where = parse_address(made.address_);
  made.is_local_ = true;
  if (where.what == kind::path)
    return to_file(asked, std::move(where.path), std::move(made));
  if (!kernel_->valid(asked.id))
    return refuse(ESRCH);
  if (where.what == kind::abstract && !rules_.connect_abstract)
    return refuse(EPERM, "an abstract socket");
  // Abstract: our own domain scopes it as the caller's does. Everything else
  // leads nowhere: the kernel says why.
  made.about_ = "an abstract socket";
  return made;
}

auto connector::to_file(const notify::request& asked, std::string path,
                        connection made) const -> or_refusal<connection> {
  auto file = files_.find(asked, std::move(path));
  if (!file)
    return tl::make_unexpected(std::move(file.error()));
  made.about_ = std::move(file->about);
  made.target_ = std::move(file->fd);
  made.address_ = address_of_fd(made.target_.get());
  return made;
}

auto connector::to_port(connection made) const -> or_refusal<connection> {
  const auto where = parse_address(made.address_);
  made.about_ = ":" + std::to_string(where.port);
  // Which ports: our own domain has the caller's rules.
  if (!rules_.connect_tcp && where.what == address::kind::internet)
    return refuse(EACCES, made.about_);
  return made;
}

bool connector::may_listen(const unique_fd& socket) const {
  if (rules_.listen_ports.empty())
    return false;
  if (rules_.listen_anywhere)
    return true;
  // Without bind(2), which Landlock checks, listen(2) would take a port unseen.
  const auto port = bound_port(socket);
  return port != 0
         && std::ranges::any_of(rules_.listen_ports, [&](auto granted) {
              return granted == port || granted == 0;
            });
}

refusal connector::listen(const notify::request& asked) const {
  const auto socket
      = take_fd(callers_, asked.tid, static_cast<int>(asked.args[0]));
  if (!socket)
    return {socket.error().code, {}};
  const auto found = look_at(*socket);
  if (!found)
    return {found.error().code, {}};
  if (!kernel_->valid(asked.id))
    return {ESRCH, {}};
  const bool allowed
      = found->domain == AF_UNIX || (is_tcp(*found) && may_listen(*socket));
  if (!allowed)
    return {EACCES, ":" + std::to_string(bound_port(*socket))};
  const int backlog = static_cast<int>(asked.args[1]);
  return {::listen(socket->get(), backlog) == 0 ? 0 : errno, {}};
}

} // namespace cordon::sockets
