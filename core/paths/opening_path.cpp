// Opens with O_PATH.
#include "core/paths/opened.hpp"

#include <sys/stat.h>

#include <memory>
#include <utility>

namespace cordon::paths {
namespace {

/// An O_PATH fd of its own; how it was asked for shows in its flags.
int pin_again(const target& object, int flags) {
  flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW;
  const int held = object.fd.get();
  if (::fcntl(held, F_GETFL) == flags)
    return ::fcntl(held, F_DUPFD_CLOEXEC, 0);
  const int fd = S_ISDIR(object.facts.st_mode)
                     ? ::openat(held, ".", flags | O_CLOEXEC)
                     : -1;
  return fd >= 0
             ? fd
             : ::open(fd_path{held}.c_str(), (flags & ~O_NOFOLLOW) | O_CLOEXEC);
}

} // namespace

/// What was resolved is what the caller gets: an fd of it that gives no rights.
outcome carrier::open_path(const request& asked, target object) const {
  outcome made;
  made.close_on_exec = has(asked, O_CLOEXEC);
  made.fd.reset(pin_again(object, static_cast<int>(asked.open_flags)));
  if (!made.fd)
    return outcome::failed(errno);
  made.instead = [this, asked,
                  held = std::make_shared<const target>(std::move(object))] {
    return open_stand_in(asked, *held);
  };
  return made;
}

/// For whom somebody else traces, and so cannot be made to take an O_PATH fd:
/// one for reading, where it may read.
outcome carrier::open_stand_in(const request& asked,
                               const target& object) const {
  const auto mode = object.facts.st_mode;
  constexpr int quiet = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  if (!waits_(asked.id))
    return outcome::failed(ESRCH);
  if (S_ISDIR(mode))
    return opened(open_listing(object.fd, quiet), asked);
  // Opening anything else could do something.
  if (!S_ISREG(mode))
    return outcome::failed(S_ISLNK(mode) ? ELOOP : EACCES);
  if (auto said = judge(use::read, object); said.error != 0)
    return said;
  return opened(::open(fd_path{object.fd.get()}.c_str(), quiet), asked);
}

} // namespace cordon::paths
