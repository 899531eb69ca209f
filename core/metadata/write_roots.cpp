#include "core/metadata/write_roots.hpp"

#include "core/linux/calls.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>

#include <algorithm>

namespace cordon::metadata {

std::string name_of(const unique_fd& object) {
  const auto link = "/proc/self/fd/" + std::to_string(object.get());
  char bytes[4096];
  const auto length = ::readlink(link.c_str(), bytes, sizeof bytes);
  return length <= 0 ? std::string{}
                     : std::string(bytes, static_cast<std::size_t>(length));
}

void write_roots::add(const std::string& path) {
  unique_fd fd{::open(path.c_str(), O_PATH | O_CLOEXEC)};
  struct stat facts {};
  if (!fd || ::fstat(fd.get(), &facts) != 0)
    return;
  auto name = name_of(fd);
  roots_.push_back(
      {std::move(fd), std::move(name), facts.st_dev, facts.st_ino});
}

/// The name is only where to look: what is found there, from the pinned root
/// down and through no link, must be the object itself.
bool write_roots::is_beneath(const root& from, const std::string& path,
                             const pinned& object) {
  struct stat wanted {};
  if (::fstat(object.fd.get(), &wanted) != 0)
    return false;
  if (path == from.path)
    return wanted.st_dev == from.device && wanted.st_ino == from.inode;
  const auto start = from.path == "/" ? 0 : from.path.size();
  if (!path.starts_with(from.path) || path[start] != '/')
    return false;
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC | O_NOFOLLOW;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const unique_fd there{
      sys::openat2(from.fd.get(), path.c_str() + start + 1, how)};
  struct stat found {};
  return there && ::fstat(there.get(), &found) == 0
         && found.st_dev == wanted.st_dev && found.st_ino == wanted.st_ino;
}

bool write_roots::covers(const pinned& object) const {
  if (object.open_for_writing)
    return true;
  const auto path = name_of(object.fd);
  return std::ranges::any_of(
      roots_, [&](const root& each) { return is_beneath(each, path, object); });
}

} // namespace cordon::metadata
