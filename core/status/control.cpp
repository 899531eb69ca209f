#include "core/status/control.hpp"

#include "core/status/runtime_directory.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>

namespace cordon::status {
namespace {

constexpr timeval patience{10, 0};

/// Room for one descriptor beside a packet.
union fd_space {
  cmsghdr align;
  char bytes[CMSG_SPACE(sizeof(int))];
};

uid_t peer_of(int client) noexcept {
  ucred who{};
  socklen_t size = sizeof who;
  return ::getsockopt(client, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0
             ? who.uid
             : static_cast<uid_t>(-1);
}

/// The text as a file that nobody can change any more.
unique_fd sealed(std::string_view text) {
  unique_fd file{
      ::memfd_create("cordon-reply", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  if (!file
      || ::write(file.get(), text.data(), text.size())
             != static_cast<ssize_t>(text.size())
      || ::fcntl(file.get(), F_ADD_SEALS,
                 F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)
             != 0)
    return {};
  return file;
}

void attach(msghdr& message, fd_space& space, int fd) {
  message.msg_control = space.bytes;
  message.msg_controllen = sizeof space.bytes;
  cmsghdr* const head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(head), &fd, sizeof fd);
}

unique_fd detach(msghdr& message) {
  const cmsghdr* const head = CMSG_FIRSTHDR(&message);
  if (head == nullptr || head->cmsg_level != SOL_SOCKET
      || head->cmsg_type != SCM_RIGHTS
      || head->cmsg_len != CMSG_LEN(sizeof(int)))
    return {};
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(head), sizeof fd);
  return unique_fd{fd};
}

result<unique_fd> connect_to(int run) {
  unique_fd made{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path,
                "/proc/self/fd/%d/%s", run, control_socket);
  // Both ways, and for connect(2) too.
  for (const int way : {SO_SNDTIMEO, SO_RCVTIMEO})
    static_cast<void>(
        ::setsockopt(made.get(), SOL_SOCKET, way, &patience, sizeof patience));
  if (!made
      || ::connect(made.get(), reinterpret_cast<const sockaddr*>(&address),
                   sizeof address)
             != 0)
    return fail(errno == EAGAIN ? ETIMEDOUT : errno,
                "reach the sandbox's supervisor");
  return made;
}

result<std::string> read_text(int file, std::uint64_t length) {
  if (length > control::longest_text)
    return fail(EPROTO, "understand the supervisor");
  std::string text(length, '\0');
  const auto n = ::pread(file, text.data(), text.size(), 0);
  if (n != static_cast<ssize_t>(text.size()))
    return fail(EPROTO, "read what the supervisor sent");
  return text;
}

result<std::string> read_reply(int socket) {
  control::reply said;
  iovec bytes{&said, sizeof said};
  fd_space space{};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = space.bytes;
  message.msg_controllen = sizeof space.bytes;
  const auto n = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  if (n < 0)
    return fail(errno == EAGAIN ? ETIMEDOUT : errno,
                "hear from the sandbox's supervisor");
  const auto text = detach(message);
  if (n == 0)
    return fail(ECONNRESET, "hear from the sandbox's supervisor");
  if (n != sizeof said || said.version != control::version)
    return fail(EPROTO, "understand the supervisor");
  if (said.error != 0)
    return fail(said.error, "have it done by the supervisor");
  return said.length == 0 ? result<std::string>(std::string{})
                          : read_text(text.get(), said.length);
}

} // namespace

bool may_control(uid_t peer, uid_t owner) noexcept {
  return peer == owner || peer == 0;
}

result<unique_fd> accept_client(int endpoint) {
  while (true) {
    unique_fd client{
        ::accept4(endpoint, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!client) {
      if (errno == ECONNABORTED || errno == EINTR)
        continue;
      return fail_errno("accept at the control endpoint");
    }
    if (may_control(peer_of(client.get()), ::geteuid()))
      return client;
  }
}

result<std::optional<control::request>> read_request(int client) {
  control::request asked;
  const auto n = ::recv(client, &asked, sizeof asked, MSG_TRUNC);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return std::nullopt;
  if (n <= 0)
    return fail(ECONNRESET, "hear a client");
  if (n != sizeof asked || asked.version != control::version
      || asked.reserved != 0)
    return fail(EPROTO, "understand a client");
  return asked;
}

void send_reply(int client, int error, std::string_view text) {
  control::reply said{control::version, error, text.size()};
  unique_fd file;
  if (!text.empty() && !(file = sealed(text)))
    said = {control::version, errno, 0};
  iovec bytes{&said, sizeof said};
  fd_space space{};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  if (file)
    attach(message, space, file.get());
  static_cast<void>(::sendmsg(client, &message, MSG_DONTWAIT | MSG_NOSIGNAL));
}

result<std::string> ask(int run, control::what what, int argument) {
  const auto socket = connect_to(run);
  if (!socket)
    return tl::make_unexpected(socket.error());
  const control::request wanted{control::version,
                                static_cast<std::uint32_t>(what), argument, 0};
  if (::send(socket->get(), &wanted, sizeof wanted, MSG_NOSIGNAL)
      != sizeof wanted)
    return fail_errno("ask the sandbox's supervisor");
  return read_reply(socket->get());
}

} // namespace cordon::status
