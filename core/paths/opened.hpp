// What the files about opening have in common.
#pragma once

#include "core/paths/carrier.hpp"
#include "core/paths/fd_path.hpp"

#include <fcntl.h>

#include <cerrno>

namespace cordon::paths {

[[nodiscard]] inline bool has(const notify::request& asked,
                              std::uint64_t flag) {
  return (asked.open_flags & flag) != 0;
}

/// How the object itself is opened: who it is has been settled, and a terminal
/// must not become ours.
inline int flags_for(const notify::request& asked) {
  constexpr std::uint64_t settled = O_CREAT | O_EXCL | O_NOFOLLOW;
  return static_cast<int>(asked.open_flags & ~settled) | O_CLOEXEC | O_NOCTTY;
}

inline outcome opened(int fd, bool close_on_exec) {
  if (fd < 0)
    return outcome::failed(errno);
  outcome made;
  made.fd.reset(fd);
  made.close_on_exec = close_on_exec;
  return made;
}

inline outcome opened(int fd, const notify::request& asked) {
  return opened(fd, has(asked, O_CLOEXEC));
}

/// A directory that may be read but not searched is opened by its link; that
/// knows no O_NOFOLLOW, which others keep among their flags.
inline int open_listing(const unique_fd& directory, int flags) {
  const int fd = ::openat(directory.get(), ".", flags);
  return fd >= 0 || errno != EACCES
             ? fd
             : ::open(fd_path{directory.get()}.c_str(), flags & ~O_NOFOLLOW);
}

} // namespace cordon::paths
