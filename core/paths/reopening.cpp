// Opening what is there for /proc and other made places, and what a link of
// /proc leads to.
#include "core/linux/calls.hpp"
#include "core/paths/opened.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

namespace cordon::paths {
namespace {

/// Pipes, sockets, memory: they have no place anywhere, and opening them again
/// gives nobody anything that a number of theirs did not.
bool has_no_place(int fd) {
  const auto name = kernel_name(fd);
  return !name.starts_with('/')
         || (name.starts_with("/memfd:") && name.ends_with(" (deleted)"));
}

/// The holder's own fd, if it is this object still.
unique_fd take(notify::caller_fds& fds, const proc_target& from,
               const struct stat& facts) {
  auto fd = fds.take(from.process, from.number);
  struct stat found {};
  if (!fd || ::fstat(fd->get(), &found) != 0 || found.st_dev != facts.st_dev
      || found.st_ino != facts.st_ino)
    return {};
  return std::move(*fd);
}

/// Whether an open file may stand for another opening of it.
bool is_enough(int fd, std::uint64_t flags) {
  const int held = ::fcntl(fd, F_GETFL);
  if (held < 0 || (held & O_PATH) != 0 || (flags & O_TRUNC) != 0)
    return false;
  const int mode = held & O_ACCMODE;
  return mode == O_RDWR || mode == static_cast<int>(flags & O_ACCMODE);
}

} // namespace

/// With O_CREAT, where a made place is, or in /proc: nothing is made there.
outcome carrier::open_or_find(const request& asked, const named& name) const {
  auto wanted = asked;
  wanted.where.follow = !has(asked, O_NOFOLLOW);
  auto object = find(wanted);
  if (!object)
    return outcome::failed(object.error().code == ENOENT
                                   && view_.at(name.tree).kind == backing::proc
                               ? EACCES
                               : object.error().code);
  if (has(asked, O_EXCL))
    return outcome::failed(EEXIST);
  if (S_ISDIR(object->facts.st_mode))
    return outcome::failed(EISDIR);
  return open_existing(asked, std::move(*object));
}

outcome carrier::open_content(const request& asked,
                              const target& object) const {
  auto made = proc_.content(*object.where);
  if (!made)
    return outcome::failed(made.error().code);
  if (has(asked, O_PATH))
    return open_path(
        asked,
        {.fd = std::move(*made), .in_view = false, .facts = object.facts});
  constexpr std::uint64_t settled
      = O_CREAT | O_EXCL | O_NOFOLLOW | O_PATH | O_DIRECTORY;
  return opened(
      ::open(fd_path{made->get()}.c_str(),
             static_cast<int>(asked.open_flags & ~settled) | O_CLOEXEC),
      asked);
}

/// What is not in the view and was brought in as an fd: as a terminal or a file
/// that cordon's caller gave as a standard stream. It is not opened again,
/// which could give more than was brought; the same open file is given once
/// more.
outcome carrier::open_held(const request& asked, target object) const {
  const auto mode = object.facts.st_mode;
  if (has(asked, O_DIRECTORY) && !S_ISDIR(mode))
    return outcome::failed(ENOTDIR);
  if (S_ISSOCK(mode) && !has(asked, O_PATH))
    return outcome::failed(ENXIO);
  if (!waits_(asked.id))
    return outcome::failed(ESRCH);
  if (has(asked, O_PATH))
    return open_path(asked, std::move(object));
  if (has_no_place(object.fd.get())) {
    // Opening it anew would give more than the fd did. (What we made ourselves
    // is there for reading.)
    const auto way = asked.open_flags & O_ACCMODE;
    const bool writes = way != O_RDONLY || has(asked, O_TRUNC);
    const bool ours = !made_place(kernel_name(object.fd.get())).empty();
    if ((way != O_WRONLY && !object.held->reads && !ours)
        || (writes && !object.held->writes))
      return outcome::failed(EACCES);
    object.held.reset();
    return open_existing(asked, std::move(object));
  }
  auto same = take(*fds_, *object.held, object.facts);
  if (!same || !is_enough(same.get(), asked.open_flags))
    return outcome::failed(EACCES);
  return opened(same.release(), asked);
}

} // namespace cordon::paths
