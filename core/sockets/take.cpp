#include "core/sockets/take.hpp"

#include <fcntl.h>
#include <sys/socket.h>

namespace cordon::sockets {
namespace {

bool ask(int fd, int option, int& into) {
  socklen_t size = sizeof into;
  return ::getsockopt(fd, SOL_SOCKET, option, &into, &size) == 0;
}

} // namespace

result<unique_fd> take_fd(notify::caller_fds& from, pid_t tid, int fd) {
  auto taken = from.take(tid, fd);
  // An fd that was opened with O_PATH is none to socket calls.
  if (taken && (::fcntl(taken->get(), F_GETFL) & O_PATH) != 0)
    return fail(EBADF, "use a socket");
  return taken;
}

result<facts> look_at(const unique_fd& socket) {
  facts found;
  if (!ask(socket.get(), SO_DOMAIN, found.domain)
      || !ask(socket.get(), SO_TYPE, found.type)
      || (found.domain != AF_UNIX
          && !ask(socket.get(), SO_PROTOCOL, found.protocol)))
    return fail_errno("look at a socket");
  return found;
}

} // namespace cordon::sockets
