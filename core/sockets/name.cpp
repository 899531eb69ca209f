#include "core/sockets/name.hpp"

#include "core/notify/target_memory.hpp"
#include "core/sockets/address.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

namespace cordon::sockets {

std::optional<std::string> path_of(const unique_fd& socket, bool of_peer) {
  // A path of the full length has its NUL behind the structure.
  struct {
    sockaddr_un address;
    char more;
  } bytes{};
  socklen_t size = sizeof bytes;
  auto* const into = reinterpret_cast<sockaddr*>(&bytes.address);
  const int done = of_peer ? ::getpeername(socket.get(), into, &size)
                           : ::getsockname(socket.get(), into, &size);
  if (done != 0 || bytes.address.sun_family != AF_UNIX
      || size <= offsetof(sockaddr_un, sun_path)
      || bytes.address.sun_path[0] == '\0')
    return std::nullopt;
  const std::string_view path{bytes.address.sun_path,
                              std::min<std::size_t>(size, sizeof bytes)
                                  - offsetof(sockaddr_un, sun_path)};
  return std::string(path.substr(0, path.find('\0')));
}

int give_path(const notify::request& asked, const std::string& path) {
  constexpr std::size_t at = 1, room_at = 2;
  const notify::target_memory memory{asked.tid};
  const auto room = memory.read_as<std::int32_t>(asked.args[room_at]);
  if (!room)
    return room.error().code;
  if (*room < 0)
    return EINVAL;
  const sa_family_t family = AF_UNIX;
  std::string bytes(reinterpret_cast<const char*>(&family), sizeof family);
  bytes += path;
  bytes += '\0';
  const auto given = std::min(bytes.size(), static_cast<std::size_t>(*room));
  if (const auto done = memory.write(
          asked.args[at], std::as_bytes(std::span{bytes}.first(given)));
      !done)
    return done.error().code;
  const auto size = static_cast<std::int32_t>(bytes.size());
  const auto done
      = memory.write(asked.args[room_at], std::as_bytes(std::span{&size, 1}));
  return done ? 0 : done.error().code;
}

} // namespace cordon::sockets
