#include "core/sockets/address.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>

namespace cordon::sockets {
namespace {

constexpr std::size_t family_size = sizeof(sa_family_t);

address parse_unix(std::string_view name) {
  using kind = address::kind;
  if (name.size() > sizeof(sockaddr_un::sun_path))
    return {kind::unsound, {}, 0};
  // No name at all is the wish for an abstract one to bind(2), and an error
  // to everybody else.
  if (name.empty())
    return {kind::unsound, {}, 0};
  if (name.front() == '\0')
    return {kind::abstract, {}, 0};
  return {kind::path, std::string(name.substr(0, name.find('\0'))), 0};
}

/// Both families have the port after the family, in network order.
std::uint16_t port_of(std::string_view after_family) {
  if (after_family.size() < 2)
    return 0;
  const auto high = static_cast<unsigned char>(after_family[0]);
  const auto low = static_cast<unsigned char>(after_family[1]);
  return static_cast<std::uint16_t>(high << 8 | low);
}

} // namespace

address parse_address(std::string_view bytes) {
  using kind = address::kind;
  sa_family_t family = 0;
  if (bytes.size() < family_size)
    return {};
  std::memcpy(&family, bytes.data(), family_size);
  const auto rest = bytes.substr(family_size);
  switch (family) {
  case AF_UNIX:
    return parse_unix(rest);
  case AF_INET:
  case AF_INET6:
    return {kind::internet, {}, port_of(rest)};
  case AF_UNSPEC:
    return {kind::unspecified, {}, 0};
  default:
    return {kind::other, {}, 0};
  }
}

std::string address_of_fd(int fd) {
  const sa_family_t family = AF_UNIX;
  std::string bytes(family_size, '\0');
  std::memcpy(bytes.data(), &family, family_size);
  bytes += "/proc/self/fd/" + std::to_string(fd);
  bytes += '\0';
  return bytes;
}

} // namespace cordon::sockets
