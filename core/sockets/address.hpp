// Socket addresses as callers give them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cordon::sockets {

/// Where an address leads.
struct address {
  enum class kind : std::uint8_t {
    unsound,     ///< the kernel says EINVAL for an AF_UNIX socket
    path,        ///< a socket file
    abstract,    ///< a name without a file, or the wish for one
    internet,    ///< AF_INET or AF_INET6
    unspecified, ///< AF_UNSPEC: takes a connection back
    other,
  };
  kind what = kind::unsound;
  std::string path;       ///< of `path`: bytes, up to a NUL, which may lack
  std::uint16_t port = 0; ///< of `internet`
};

/// Understands the bytes of a sockaddr as the kernel does.
[[nodiscard]] address parse_address(std::string_view bytes);

/// A sockaddr_un that leads to an O_PATH fd of ours.
[[nodiscard]] std::string address_of_fd(int fd);

} // namespace cordon::sockets
