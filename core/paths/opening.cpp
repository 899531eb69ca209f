// The open family.
#include "core/base/small_file.hpp"
#include "core/linux/calls.hpp"
#include "core/paths/carrier.hpp"
#include "core/paths/fd_path.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <optional>

namespace cordon::paths {
namespace {

constexpr std::uint64_t only_tmpfile = O_TMPFILE & ~O_DIRECTORY;

bool has(const notify::request& asked, std::uint64_t flag) {
  return (asked.open_flags & flag) != 0;
}

bool writes(const notify::request& asked) {
  return (asked.open_flags & O_ACCMODE) != O_RDONLY || has(asked, O_TRUNC);
}

/// How the object itself is opened: who it is has been settled, and a terminal
/// must not become ours.
int flags_for(const notify::request& asked) {
  constexpr std::uint64_t settled = O_CREAT | O_EXCL | O_NOFOLLOW;
  return static_cast<int>(asked.open_flags & ~settled) | O_CLOEXEC | O_NOCTTY;
}

outcome opened(int fd, bool close_on_exec) {
  if (fd < 0)
    return outcome::failed(errno);
  outcome made;
  made.fd.reset(fd);
  made.close_on_exec = close_on_exec;
  return made;
}

outcome opened(int fd, const notify::request& asked) {
  return opened(fd, has(asked, O_CLOEXEC));
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

/// A directory that may be read but not searched is opened by its link; that
/// knows no O_NOFOLLOW, which others keep among their flags.
int open_listing(const unique_fd& directory, int flags) {
  const int fd = ::openat(directory.get(), ".", flags);
  return fd >= 0 || errno != EACCES
             ? fd
             : ::open(fd_path{directory.get()}.c_str(), flags & ~O_NOFOLLOW);
}

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

/// fs.protected_regular and fs.protected_fifos: what is there already in a
/// sticky directory is not opened by who meant to make it.
bool carrier::is_protected(const named& name, const target& object) {
  static const auto level = [](const char* file) {
    const auto text = read_small_file(file);
    return text && !text->empty() ? (*text)[0] - '0' : 0;
  };
  static const int regular = level("/proc/sys/fs/protected_regular");
  static const int fifos = level("/proc/sys/fs/protected_fifos");
  const int now = S_ISREG(object.facts.st_mode)    ? regular
                  : S_ISFIFO(object.facts.st_mode) ? fifos
                                                   : 0;
  struct stat directory {};
  if (now == 0 || ::fstat(name.directory.get(), &directory) != 0
      || (directory.st_mode & S_ISVTX) == 0
      || object.facts.st_uid == directory.st_uid
      || object.facts.st_uid == ::geteuid())
    return false;
  return (directory.st_mode & S_IWOTH) != 0
         || (now >= 2 && (directory.st_mode & S_IWGRP) != 0);
}

outcome carrier::open_or_create(const request& asked) const {
  const auto from = beginning(asked, asked.where);
  if (!from)
    return outcome::failed(from.error().code);
  const start begin{from->fd.get(), from->where};
  const auto walks = resolver_for(asked, begin);
  auto name = walks.name(begin, *asked.where.path);
  if (!name)
    return outcome::failed(name.error().code);
  constexpr int most_links = 40;
  for (int links = 0; links <= most_links; ++links) {
    // Slashes at the end ask for a directory, which open(2) does not make.
    const bool special = name->is_special();
    if (!special && is_made(*name))
      return open_or_find(asked, *name);
    if (special || name->leaf.ends_with('/'))
      return once_searched(
          *name,
          outcome::failed(special && has(asked, O_EXCL) ? EEXIST : EISDIR));
    target object;
    object.tree = name->tree;
    object.fd.reset(::openat(name->directory.get(), name->leaf.c_str(),
                             O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!object.fd && errno != ENOENT)
      return outcome::failed(errno);
    if (!object.fd) {
      auto made = create(asked, *name);
      // Somebody was faster: then it is there, or is no more; look again.
      if (made.error == EEXIST && !has(asked, O_EXCL))
        continue;
      return made;
    }
    if (has(asked, O_EXCL))
      return outcome::failed(EEXIST);
    if (is_in_proc(object.fd.get()))
      return outcome::failed(EACCES);
    if (::fstat(object.fd.get(), &object.facts) != 0)
      return outcome::failed(errno);
    if (S_ISLNK(object.facts.st_mode) && !has(asked, O_NOFOLLOW)) {
      // Where the link leads, by the rules for every other link: the walk from
      // its directory, which ends at a name that may be missing.
      std::array<char, 4096> text;
      const auto length
          = ::readlinkat(object.fd.get(), "", text.data(), text.size());
      if (length <= 0)
        return outcome::failed(length == 0 ? ENOENT : errno);
      if ((asked.resolve & RESOLVE_NO_SYMLINKS) != 0)
        return outcome::failed(ELOOP);
      auto next = walks.name_from(
          *name, {text.data(), static_cast<std::size_t>(length)});
      if (!next)
        return outcome::failed(next.error().code);
      name = std::move(next);
      continue;
    }
    if (S_ISDIR(object.facts.st_mode))
      return outcome::failed(EISDIR);
    if (is_protected(*name, object))
      return outcome::failed(EACCES);
    return open_existing(asked, std::move(object));
  }
  return outcome::failed(ELOOP);
}

outcome carrier::create(const request& asked, const named& name) const {
  if (auto said = judge(name); said.error != 0)
    return said;
  if (is_read_only(name.tree))
    return outcome::failed(EROFS);
  const auto mask = caller{asked.tid}.umask();
  if (!mask)
    return outcome::failed(mask.error().code);
  if (!waits_(asked.id))
    return outcome::failed(ESRCH);
  ::umask(*mask);
  return opened(::openat(name.directory.get(), name.leaf.c_str(),
                         flags_for(asked) | O_CREAT | O_EXCL
                             | (has(asked, O_NOFOLLOW) ? O_NOFOLLOW : 0),
                         asked.mode),
                asked);
}

} // namespace cordon::paths
