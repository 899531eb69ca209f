// Files that are to be executed.
#include "core/linux/calls.hpp"
#include "core/paths/carrier.hpp"
#include "core/paths/fd_path.hpp"

#include <fcntl.h>

namespace cordon::paths {
namespace {

/// Whether the kernel would execute this regular file: its mode, noexec,
/// whether somebody writes to it. Before Linux 6.14 the last is not known.
int judge_executable(int fd) {
  const int error = sys::check_executable(fd);
  if (error != EINVAL && error != ENOSYS)
    return error;
  return sys::faccessat2(fd, "", X_OK, AT_EMPTY_PATH | AT_EACCESS) == 0 ? 0
                                                                        : errno;
}

} // namespace

outcome carrier::open_runnable(const request& asked, runnable& into) const {
  auto object = find(asked);
  if (!object)
    return outcome::failed(object.error().code);
  const auto mode = object->facts.st_mode;
  if (S_ISLNK(mode))
    return outcome::failed(ELOOP);
  // What is executed is read, which an fd to something outside may not allow.
  if (!S_ISREG(mode) || (!object->in_view && !object->reads))
    return outcome::failed(EACCES);
  if (auto said = judge(use::read, *object); said.error != 0)
    return said;
  if (const int error = judge_executable(object->fd.get()); error != 0)
    return outcome::failed(error);
  // The caller reads what it executes through this fd: a program that may be
  // executed only (mode 0111) cannot be.
  constexpr int quiet = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  into.fd.reset(::open(fd_path{object->fd.get()}.c_str(), quiet));
  if (!into.fd)
    return outcome::failed(errno);
  into.id = {object->facts.st_dev, object->facts.st_ino};
  const auto where = view_.locate(object->fd.get());
  into.image = where ? where->path : kernel_name(object->fd.get());
  into.object = std::move(object->fd);
  return {};
}

} // namespace cordon::paths
