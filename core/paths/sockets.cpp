// Socket files of the view.
#include "core/base/scope_exit.hpp"
#include "core/paths/carrier.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>

namespace cordon::paths {
namespace {

/// To bind(2), a name that is there is an address in use.
outcome as_address(outcome said) {
  if (said.error == EEXIST)
    said.error = EADDRINUSE;
  return said;
}

/// Names are at most as long as the structure, which needs no NUL then.
outcome bind_here(int socket, const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto length = std::min(name.size(), sizeof address.sun_path);
  name.copy(address.sun_path, length);
  return outcome::of(
      ::bind(socket, reinterpret_cast<const sockaddr*>(&address),
             static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length)));
}

} // namespace

outcome carrier::find_socket(const request& asked, std::string path) const {
  request wanted;
  wanted.op = asked.op;
  wanted.id = asked.id;
  wanted.tid = asked.tid;
  wanted.where.path = std::move(path);
  auto object = find(wanted);
  if (!object)
    return outcome::failed(object.error().code);
  if (auto said = judge(use::write, *object); said.error != 0)
    return said;
  if (!waits_(asked.id))
    return outcome::failed(ESRCH);
  outcome made;
  made.fd = std::move(object->fd);
  return made;
}

outcome carrier::bind_socket(
    const request& asked, std::string path, int socket,
    const std::function<std::string(std::string_view)>& spelled) const {
  request wanted;
  wanted.op = asked.op;
  wanted.tid = asked.tid;
  wanted.where.path = std::move(path);
  const auto name = find_name(wanted, wanted.where);
  if (!name)
    return outcome::failed(name.error().code);
  if (name->is_special())
    return once_searched(*name, outcome::failed(EADDRINUSE));
  if (const int error = refusal_to_make(*name); error != 0)
    return as_address(outcome::failed(error));
  if (auto said = judge(*name); said.error != 0)
    return as_address(unless_there(*name, std::move(said)));
  if (is_read_only(name->tree))
    return as_address(unless_there(*name, outcome::failed(EROFS)));
  const auto mask = caller{asked.tid}.umask();
  if (!mask)
    return outcome::failed(mask.error().code);
  if (!waits_(asked.id))
    return outcome::failed(ESRCH);
  // An address has little room: relative names are the only ones that always
  // fit.
  if (::fchdir(name->directory.get()) != 0)
    return outcome::failed(errno);
  const scope_exit back{[] { static_cast<void>(::chdir("/")); }};
  ::umask(*mask);
  return bind_here(socket, spelled(name->leaf));
}

} // namespace cordon::paths
