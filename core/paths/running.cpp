// Files that are to be executed.
#include "core/linux/calls.hpp"
#include "core/paths/carrier.hpp"
#include "core/paths/fd_path.hpp"

#include <fcntl.h>

namespace cordon::paths {
namespace {

/// Whether the kernel would execute this regular file: its mode, noexec, and
/// whether somebody writes to it. The last costs more than everything else of
/// an exec, as the kernel makes a memory for it. So it is asked only where a
/// program inside may be the one that writes; and not before Linux 6.14.
int judge_executable(int fd, bool may_be_written) {
  const int error = may_be_written ? sys::check_executable(fd) : ENOSYS;
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
  if (object->in_view && !object->where)
    if (auto place = view_.locate(object->fd.get()))
      object->where = std::move(*place);
  if (auto said = judge(use::read, *object); said.error != 0)
    return said;
  const bool may_be_written
      = !object->in_view || judge(use::write, *object).error == 0;
  if (const int error = judge_executable(object->fd.get(), may_be_written);
      error != 0)
    return outcome::failed(error);
  // The caller reads what it executes through this fd: a program that may be
  // executed only (mode 0111) cannot be.
  constexpr int quiet = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  into.fd.reset(::open(fd_path{object->fd.get()}.c_str(), quiet));
  if (!into.fd)
    return outcome::failed(errno);
  into.id = {object->facts.st_dev, object->facts.st_ino};
  into.image
      = object->where ? object->where->path : kernel_name(object->fd.get());
  into.object = std::move(object->fd);
  return {};
}

} // namespace cordon::paths
