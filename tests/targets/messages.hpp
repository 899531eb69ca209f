// What the probes of AF_UNIX datagrams and of messages share.
#pragma once

#include "tests/targets/unix_sockets.hpp"

#include <sys/stat.h>

#include <cstddef>
#include <string>

namespace probe {

/// Where messages go.
inline int server;

inline int local() {
  return local(SOCK_DGRAM);
}

/// What waits on a socket: "SIZE TEXT from NAME", or the errno.
inline std::string arrived(int fd) {
  char text[64] = {};
  sockaddr_un from{};
  socklen_t size = sizeof from;
  const auto n = ::recvfrom(fd, text, sizeof text - 1, MSG_DONTWAIT | MSG_TRUNC,
                            reinterpret_cast<sockaddr*>(&from), &size);
  if (n < 0)
    return outcome(-1);
  return std::to_string(n) + " " + std::string(text).substr(0, 20) + " from "
         + std::to_string(size) + " " + (size > 2 ? from.sun_path : "");
}

inline void drain(int fd) {
  char byte;
  while (::recv(fd, &byte, 1, MSG_DONTWAIT) >= 0)
    ;
}

inline int bound(const std::string& name, int type = SOCK_DGRAM) {
  const int fd = local(type);
  const address to(name);
  report("bind", call(SYS_bind, fd, to.bytes, to.size));
  return fd;
}

/// A message with everything in place.
struct message {
  std::string text = "text";
  iovec part{text.data(), text.size()};
  msghdr header{};

  message() {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
  }
  explicit message(const address& to)
      : message() {
    header.msg_name = const_cast<char*>(to.bytes);
    header.msg_namelen = to.size;
  }
  message(const message&) = delete;
  message& operator=(const message&) = delete;
};

inline long send_message(int fd, const message& what, int flags = 0) {
  return call(SYS_sendmsg, fd, &what.header, flags);
}

} // namespace probe
