// Opens that may make a file.
#include "core/base/small_file.hpp"
#include "core/paths/opened.hpp"

#include <linux/openat2.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

namespace cordon::paths {

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
