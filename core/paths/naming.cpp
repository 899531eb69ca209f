// Calls that make, move and remove names. The parent is pinned and the name is
// the caller's own last component, which none of these calls follows.
#include "core/linux/calls.hpp"
#include "core/paths/carrier.hpp"
#include "core/paths/fd_path.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdio>

namespace cordon::paths {
namespace {

/// A file that we made may cover one.
bool is_file(const named& name) {
  struct stat facts {};
  return ::fstatat(name.directory.get(), std::string(name.bare_leaf()).c_str(),
                   &facts, AT_SYMLINK_NOFOLLOW)
             == 0
         && !S_ISDIR(facts.st_mode);
}

/// rename(2) where a mount point would have to move: what the kernel finds
/// before it comes to that.
int busy_rename(const named& from, const named& to, unsigned flags) {
  const auto look = [](const named& at, struct stat& facts) {
    return ::fstatat(at.directory.get(), std::string(at.bare_leaf()).c_str(),
                     &facts, AT_SYMLINK_NOFOLLOW)
                   == 0
               ? 0
               : errno;
  };
  struct stat old_one {
  }, new_one{};
  if (const int error = look(from, old_one); error != 0)
    return error;
  const int missing = look(to, new_one);
  if (missing != 0 && (missing != ENOENT || (flags & RENAME_EXCHANGE) != 0))
    return missing;
  if (missing == 0 && (flags & RENAME_NOREPLACE) != 0)
    return EEXIST;
  const bool is_directory = S_ISDIR(old_one.st_mode);
  const bool slash = from.leaf.ends_with('/') || to.leaf.ends_with('/');
  if (!is_directory && slash)
    return ENOTDIR;
  if (missing != 0)
    return EBUSY;
  if (old_one.st_dev == new_one.st_dev && old_one.st_ino == new_one.st_ino)
    return 0;
  if ((flags & RENAME_EXCHANGE) == 0
      && is_directory != S_ISDIR(new_one.st_mode))
    return is_directory ? ENOTDIR : EISDIR;
  return EBUSY;
}

} // namespace

outcome carrier::once_searched(const named& name, outcome said) {
  return sys::faccessat2(name.directory.get(), "", X_OK,
                         AT_EMPTY_PATH | AT_EACCESS)
                 == 0
             ? std::move(said)
             : outcome::failed(errno);
}

outcome carrier::unless_there(const named& name, outcome refusal,
                              bool makes_directory) {
  if (name.is_special())
    return once_searched(name, outcome::failed(EEXIST));
  struct stat facts {};
  const std::string bare{name.bare_leaf()};
  if (::fstatat(name.directory.get(), bare.c_str(), &facts, AT_SYMLINK_NOFOLLOW)
      == 0)
    return outcome::failed(EEXIST);
  if (errno != ENOENT)
    return outcome::failed(errno);
  if (name.leaf.ends_with('/') && !makes_directory)
    return outcome::failed(ENOENT);
  return refusal;
}

outcome carrier::make(const request& asked) const {
  const auto name = find_name(asked, asked.where);
  if (!name)
    return outcome::failed(name.error().code);
  if (const int error = refusal_to_make(*name); error != 0)
    return outcome::failed(error);
  const bool directory = asked.op == syscall::operation::mkdir;
  if (auto said = judge(*name); said.error != 0)
    return unless_there(*name, std::move(said), directory);
  if (is_read_only(name->tree))
    return unless_there(*name, outcome::failed(EROFS), directory);
  const int at = name->directory.get();
  const char* const leaf = name->leaf.c_str();
  if (asked.op == syscall::operation::symlink) {
    if (!waits_(asked.id))
      return outcome::failed(ESRCH);
    return outcome::of(::symlinkat(asked.text.c_str(), at, leaf));
  }
  const auto mask = caller{asked.tid}.umask();
  if (!mask)
    return outcome::failed(mask.error().code);
  if (!waits_(asked.id))
    return outcome::failed(ESRCH);
  ::umask(*mask);
  if (directory)
    return outcome::of(::mkdirat(at, leaf, asked.mode));
  // No device is made on anybody's behalf, and 0:0 would be one that anybody
  // may make: any other number fails as the kernel fails.
  const bool device = S_ISCHR(asked.mode) || S_ISBLK(asked.mode);
  constexpr dev_t null_device = 0x103;
  return outcome::of(
      ::mknodat(at, leaf, asked.mode, device ? null_device : asked.device));
}

outcome carrier::remove(const request& asked) const {
  const auto name = find_name(asked, asked.where);
  if (!name)
    return outcome::failed(name.error().code);
  const int flags = asked.at_flags & AT_REMOVEDIR;
  // "." and its like fail by themselves, whatever the rules.
  if (name->is_special())
    return outcome::of(
        ::unlinkat(name->directory.get(), name->leaf.c_str(), flags));
  if (is_read_only(name->tree))
    return once_searched(*name, outcome::failed(EROFS));
  if (auto said = judge_removal(*name); said.error != 0)
    // That a directory is no file is said before it is said to be in use.
    return once_searched(*name,
                         said.error == EBUSY && flags == 0 && !is_file(*name)
                             ? outcome::failed(EISDIR)
                             : std::move(said));
  if (!waits_(asked.id))
    return outcome::failed(ESRCH);
  return outcome::of(
      ::unlinkat(name->directory.get(), name->leaf.c_str(), flags));
}

/// What becomes of a rename that is not tried; nothing when it is.
std::optional<outcome> carrier::untried_rename(const request& asked,
                                               const named& from,
                                               const named& to) const {
  if (from.tree != to.tree)
    return outcome::failed(EXDEV);
  if (from.is_special() || to.is_special())
    return outcome::failed(
        (asked.flags & RENAME_NOREPLACE) != 0 && !from.is_special() ? EEXIST
                                                                    : EBUSY);
  if (is_read_only(from.tree))
    return outcome::failed(EROFS);
  for (const auto* const each : {&from, &to})
    if (auto said = judge_removal(*each); said.error != 0) {
      // What is made need not be in the directory to be looked at.
      if (said.error == EBUSY && !is_made(from))
        return outcome::failed(
            busy_rename(from, to, static_cast<unsigned>(asked.flags)));
      return said;
    }
  return std::nullopt;
}

outcome carrier::rename(const request& asked) const {
  if (asked.where.path->empty() || asked.to.path->empty())
    return outcome::failed(ENOENT);
  const auto from = find_name(asked, asked.where);
  if (!from)
    return outcome::failed(from.error().code);
  const auto to = find_name(asked, asked.to);
  if (!to)
    return once_searched(*from, outcome::failed(to.error().code));
  if (auto said = untried_rename(asked, *from, *to))
    return once_searched(*from, once_searched(*to, std::move(*said)));
  if (!waits_(asked.id))
    return outcome::failed(ESRCH);
  return outcome::of(::renameat2(from->directory.get(), from->leaf.c_str(),
                                 to->directory.get(), to->leaf.c_str(),
                                 static_cast<unsigned>(asked.flags)));
}

outcome carrier::link(const request& asked) const {
  if (asked.to.path->empty())
    return outcome::failed(ENOENT);
  const auto object = find(asked);
  if (!object)
    return outcome::failed(object.error().code);
  // The kernel takes an fd for a source only from whoever opened it; what is
  // not of this view, somebody else did.
  if (!object->in_view)
    return outcome::failed(ENOENT);
  const auto name = find_name(asked, asked.to);
  if (!name)
    return outcome::failed(name.error().code);
  if (const int error = refusal_to_make(*name); error != 0)
    return outcome::failed(error);
  if (auto said = judge(*name); said.error != 0)
    return unless_there(*name, std::move(said));
  if (is_read_only(name->tree))
    return unless_there(*name, outcome::failed(EROFS));
  if (object->tree != name->tree)
    return unless_there(*name, outcome::failed(EXDEV));
  // Said here, for the wall that we are in would say something else of it.
  if (S_ISDIR(object->facts.st_mode)) {
    const bool may_make
        = sys::faccessat2(name->directory.get(), "", W_OK | X_OK,
                          AT_EMPTY_PATH | AT_EACCESS)
          == 0;
    return unless_there(*name, outcome::failed(may_make ? EPERM : errno));
  }
  // Another name is another way to change it.
  if (auto said = judge(use::write, *object); said.error != 0)
    return unless_there(*name, std::move(said));
  if (!waits_(asked.id))
    return outcome::failed(ESRCH);
  return outcome::of(::linkat(AT_FDCWD, fd_path{object->fd.get()}.c_str(),
                              name->directory.get(), name->leaf.c_str(),
                              AT_SYMLINK_FOLLOW));
}

} // namespace cordon::paths
