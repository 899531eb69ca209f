// The open family.
#include "core/linux/calls.hpp"
#include "core/paths/opened.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <memory>

namespace cordon::paths {
namespace {

constexpr std::uint64_t only_tmpfile = O_TMPFILE & ~O_DIRECTORY;

bool writes(const notify::request& asked) {
  return (asked.open_flags & O_ACCMODE) != O_RDONLY || has(asked, O_TRUNC);
}

/// Opens that may take as long as somebody else likes. (/dev/null and its
/// neighbours take no time; nor does who opens both ends of a FIFO.)
bool is_slow(const struct stat& facts, int flags) {
  constexpr unsigned memory_devices = 1;
  if ((flags & O_NONBLOCK) != 0)
    return false;
  return (S_ISFIFO(facts.st_mode) && (flags & O_ACCMODE) != O_RDWR)
         || S_ISBLK(facts.st_mode)
         || (S_ISCHR(facts.st_mode) && major(facts.st_rdev) != memory_devices);
}

/// Leaves it to somebody who may wait.
outcome open_later(unique_fd object, int flags, bool close_on_exec) {
  outcome made;
  made.rest = [held = std::make_shared<const unique_fd>(std::move(object)),
               flags, close_on_exec] {
    return opened(::open(fd_path{held->get()}.c_str(), flags), close_on_exec);
  };
  return made;
}

/// Opens what is not slow by itself. But whoever holds a lease on a file
/// (F_SETLEASE) makes others wait for it; not to wait is asked for to learn of
/// that, and is taken back.
outcome open_object(target object, int flags, bool close_on_exec) {
  const bool waits = S_ISREG(object.facts.st_mode) && (flags & O_NONBLOCK) == 0;
  const int fd = ::open(fd_path{object.fd.get()}.c_str(),
                        flags | (waits ? O_NONBLOCK : 0));
  if (waits && fd < 0 && errno == EWOULDBLOCK)
    return open_later(std::move(object.fd), flags, close_on_exec);
  auto made = opened(fd, close_on_exec);
  if (waits && fd >= 0 && ::fcntl(fd, F_SETFL, flags) != 0)
    return outcome::failed(errno);
  return made;
}

/// /dev/tty is the terminal of who opens it: ours is the caller's as long as we
/// share a session.
bool is_foreign_terminal(const struct stat& facts, pid_t tid) {
  return S_ISCHR(facts.st_mode) && facts.st_rdev == makedev(5, 0)
         && ::getsid(tid) != ::getsid(0);
}

} // namespace

outcome carrier::open(const request& asked) const {
  // The kernel sets the number aside before it looks a name up or makes a file.
  if ((writes(asked) || has(asked, O_CREAT) || has(asked, O_PATH))
      && caller{asked.tid}.is_full())
    return outcome::failed(EMFILE);
  if (asked.where.path->empty())
    return outcome::failed(ENOENT);
  if (has(asked, O_CREAT) && !has(asked, O_PATH))
    return open_or_create(asked);
  auto wanted = asked;
  wanted.where.follow = !has(asked, O_NOFOLLOW);
  auto object = find(wanted);
  if (!object)
    return outcome::failed(object.error().code);
  return open_existing(asked, std::move(*object));
}

outcome carrier::open_existing(const request& asked, target object) const {
  if (object.held)
    return open_held(asked, std::move(object));
  const auto mode = object.facts.st_mode;
  const bool tmpfile = has(asked, only_tmpfile);
  if (S_ISLNK(mode) && !has(asked, O_PATH))
    return outcome::failed(has(asked, O_DIRECTORY) ? ENOTDIR : ELOOP);
  if (has(asked, O_DIRECTORY) && !S_ISDIR(mode))
    return outcome::failed(ENOTDIR);
  if (S_ISDIR(mode) && !tmpfile && !has(asked, O_PATH) && writes(asked))
    return outcome::failed(EISDIR);
  const bool special
      = S_ISFIFO(mode) || S_ISCHR(mode) || S_ISBLK(mode) || S_ISSOCK(mode);
  const auto wanted = has(asked, O_PATH)         ? use::see
                      : writes(asked) || tmpfile ? use::write
                      : S_ISDIR(mode)            ? use::see
                                                 : use::read;
  if (auto said = judge(wanted, object); said.error != 0)
    return said;
  if (wanted == use::write && !special && is_read_only(object.tree)) {
    // What the file itself forbids is said first.
    const int needs
        = W_OK | ((asked.open_flags & O_ACCMODE) == O_WRONLY ? 0 : R_OK);
    if (sys::faccessat2(object.fd.get(), "", needs, AT_EMPTY_PATH | AT_EACCESS)
            != 0
        && errno != EROFS)
      return outcome::failed(errno);
    return outcome::failed(EROFS);
  }
  if (!waits_(asked.id))
    return outcome::failed(ESRCH);
  if (object.where && view_.at(object.tree).kind == backing::proc
      && proc_.makes(*object.where))
    return open_content(asked, object);
  if (has(asked, O_PATH))
    return open_path(asked, std::move(object));
  if (is_foreign_terminal(object.facts, asked.tid))
    return outcome::failed(ENXIO);
  if (is_slow(object.facts, flags_for(asked)))
    return open_later(std::move(object.fd), flags_for(asked),
                      has(asked, O_CLOEXEC));
  if (tmpfile) {
    const auto mask = caller{asked.tid}.umask();
    if (!mask)
      return outcome::failed(mask.error().code);
    ::umask(*mask);
    return opened(
        ::openat(object.fd.get(), ".",
                 flags_for(asked) | static_cast<int>(asked.open_flags & O_EXCL),
                 asked.mode),
        asked);
  }
  if (S_ISDIR(mode))
    return opened(
        open_listing(object.fd,
                     flags_for(asked)
                         | static_cast<int>(asked.open_flags & O_NOFOLLOW)),
        asked);
  return open_object(std::move(object), flags_for(asked),
                     has(asked, O_CLOEXEC));
}

} // namespace cordon::paths
