// Calls that only look.
#include "core/linux/calls.hpp"
#include "core/notify/target_memory.hpp"
#include "core/paths/carrier.hpp"
#include "core/paths/fd_path.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include <algorithm>
#include <array>

namespace cordon::paths {
namespace {

constexpr std::uint64_t largest_xattr = 65536; // XATTR_SIZE_MAX, …_LIST_MAX

/// Flags of stat and statx that say how, not what.
unsigned how_to_ask(int flags) {
  return static_cast<unsigned>(flags)
         & (AT_NO_AUTOMOUNT | AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC);
}

} // namespace

/// About an fd and nothing else, as the C library asks for fstat(2): that one
/// is the kernel's alone, and tells as much. So it need not be known where the
/// object is.
bool carrier::is_about_fd(const request& asked) {
  const auto& where = asked.where;
  return where.fd != AT_FDCWD
         && (where.path ? where.path->empty() && where.empty_path
                        : where.empty_path);
}

outcome carrier::stat(const request& asked) const {
  if (is_about_fd(asked)) {
    const auto own = fds_->take(asked.tid, asked.where.fd);
    struct stat facts {};
    if (!own || ::fstat(own->get(), &facts) != 0)
      return outcome::failed(own ? errno : own.error().code);
    return write_back(asked, &facts, sizeof facts);
  }
  const auto object = find(asked);
  if (!object)
    return outcome::failed(object.error().code);
  if (auto said = judge(use::see, *object); said.error != 0)
    return said;
  // The C library's struct is the kernel's on 64-bit machines.
  return write_back(asked, &object->facts, sizeof object->facts);
}

outcome carrier::statx(const request& asked) const {
  const auto tell = [&](int fd) {
    struct ::statx facts {};
    const auto how = how_to_ask(asked.at_flags) | AT_EMPTY_PATH;
    return ::statx(fd, "", static_cast<int>(how), asked.mask, &facts) == 0
               ? write_back(asked, &facts, sizeof facts)
               : outcome::failed(errno);
  };
  if (is_about_fd(asked)) {
    const auto own = fds_->take(asked.tid, asked.where.fd);
    return own ? tell(own->get()) : outcome::failed(own.error().code);
  }
  const auto object = find(asked);
  if (!object)
    return outcome::failed(object.error().code);
  if (auto said = judge(use::see, *object); said.error != 0)
    return said;
  return tell(object->fd.get());
}

outcome carrier::access(const request& asked) const {
  const auto object = find(asked);
  if (!object)
    return outcome::failed(object.error().code);
  const bool writes = (asked.mask & W_OK) != 0;
  const auto wanted = writes                              ? use::write
                      : (asked.mask & (R_OK | X_OK)) != 0 ? use::read
                                                          : use::see;
  // A directory on the way to a grant may be searched.
  const bool passes
      = S_ISDIR(object->facts.st_mode) && (asked.mask & (R_OK | W_OK)) == 0;
  if (auto said = judge(passes ? use::see : wanted, *object); said.error != 0)
    return said;
  // Our ids are the caller's, and neither of us has capabilities.
  if (sys::faccessat2(object->fd.get(), "", static_cast<int>(asked.mask),
                      AT_EMPTY_PATH | (asked.at_flags & AT_EACCESS))
      != 0)
    return outcome::failed(errno);
  const auto kind = object->facts.st_mode & S_IFMT;
  const bool special = kind == S_IFCHR || kind == S_IFBLK || kind == S_IFIFO
                       || kind == S_IFSOCK;
  return outcome::failed(writes && !special && object->in_view
                                 && is_read_only(object->tree)
                             ? EROFS
                             : 0);
}

outcome carrier::readlink(const request& asked) const {
  // An empty path is the link that the fd is, without any flag.
  const bool by_fd = asked.where.path->empty() && asked.where.fd != AT_FDCWD;
  const auto object = by_fd ? find_held(asked, false) : find(asked);
  if (!object)
    return outcome::failed(object.error().code);
  if (!S_ISLNK(object->facts.st_mode))
    return outcome::failed(by_fd ? ENOENT : EINVAL);
  if (auto said = judge(use::see, *object); said.error != 0)
    return said;
  if (object->where && view_.at(object->tree).kind == backing::proc) {
    const auto said
        = proc_.text_of(object->fd.get(), *object->where, asked.tid);
    if (!said)
      return outcome::failed(said.error().code);
    const auto fits = std::min<std::uint64_t>(asked.room, said->size());
    return write_back(asked, said->data(), fits,
                      static_cast<std::int64_t>(fits));
  }
  std::array<char, 4096> text;
  const auto length
      = ::readlinkat(object->fd.get(), "", text.data(),
                     std::min<std::uint64_t>(asked.room, text.size()));
  if (length < 0)
    return outcome::failed(errno);
  return write_back(asked, text.data(), static_cast<std::size_t>(length),
                    length);
}

outcome carrier::statfs(const request& asked) const {
  const auto object = find(asked);
  if (!object)
    return outcome::failed(object.error().code);
  if (auto said = judge(use::see, *object); said.error != 0)
    return said;
  struct ::statfs facts {};
  // A file that was made for a place of /proc is one of /proc's.
  const bool made = object->where && object->tree != 0;
  const int on = made ? view_.at(object->tree).fd.get() : object->fd.get();
  if (::fstatfs(on, &facts) != 0)
    return outcome::failed(errno);
  constexpr auto read_only = 1; // ST_RDONLY
  if (is_read_only(object->tree))
    facts.f_flags |= read_only;
  return write_back(asked, &facts, sizeof facts);
}

outcome carrier::getxattr(const request& asked) const {
  const auto object = find(asked);
  if (!object)
    return outcome::failed(object.error().code);
  if (auto said = judge(use::see, *object); said.error != 0)
    return said;
  std::string value(std::min(asked.room, largest_xattr), '\0');
  const auto length
      = ::getxattr(fd_path{object->fd.get()}.c_str(), asked.name.c_str(),
                   value.data(), value.size());
  if (length <= 0 || asked.room == 0)
    return outcome::of(length);
  return write_back(asked, value.data(), static_cast<std::size_t>(length),
                    length);
}

outcome carrier::listxattr(const request& asked) const {
  const auto object = find(asked);
  if (!object)
    return outcome::failed(object.error().code);
  if (auto said = judge(use::see, *object); said.error != 0)
    return said;
  std::string names(std::min(asked.room, largest_xattr), '\0');
  const auto length = ::listxattr(fd_path{object->fd.get()}.c_str(),
                                  names.data(), names.size());
  if (length <= 0 || asked.room == 0)
    return outcome::of(length);
  return write_back(asked, names.data(), static_cast<std::size_t>(length),
                    length);
}

outcome carrier::getattr(const request& asked) const {
  constexpr std::size_t first_size = 24, page = 4096;
  if (asked.room > page)
    return outcome::failed(E2BIG);
  if (asked.room < first_size)
    return outcome::failed(EINVAL);
  const auto object = find(asked);
  if (!object)
    return outcome::failed(object.error().code);
  if (auto said = judge(use::see, *object); said.error != 0)
    return said;
  std::array<std::byte, page> facts{};
  if (sys::file_getattr(AT_FDCWD, fd_path{object->fd.get()}.c_str(),
                        facts.data(), asked.room, 0)
      != 0)
    return outcome::failed(errno);
  return write_back(asked, facts.data(), asked.room);
}

/// The caller's own inotify instance takes the watch; its numbers belong to
/// the instance, so ours is the caller's.
outcome carrier::watch(const request& asked) const {
  const auto instance = fds_->take(asked.tid, asked.where.fd);
  if (!instance)
    return outcome::failed(instance.error().code);
  auto wanted = asked;
  wanted.where.fd = AT_FDCWD;
  wanted.where.follow = (asked.mask & IN_DONT_FOLLOW) == 0;
  const auto object = find(wanted);
  if (!object) {
    // What is wrong with the instance or the mask comes first.
    if (::inotify_add_watch(instance->get(), "", asked.mask) < 0
        && errno != ENOENT)
      return outcome::failed(errno);
    return outcome::failed(object.error().code);
  }
  if (auto said = judge(use::read, *object); said.error != 0)
    return said;
  if (!waits_(asked.id))
    return outcome::failed(ESRCH);
  return outcome::of(::inotify_add_watch(
      instance->get(), fd_path{object->fd.get()}.c_str(),
      asked.mask & ~static_cast<std::uint32_t>(IN_DONT_FOLLOW)));
}

} // namespace cordon::paths
