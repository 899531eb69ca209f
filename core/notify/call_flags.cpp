#include "core/notify/call_flags.hpp"

#include "core/linux/calls.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace cordon::notify {
namespace {

using syscall::role;

constexpr int only_tmpfile = O_TMPFILE & ~O_DIRECTORY;
/// What the kernel keeps of the flags of open(2): VALID_OPEN_FLAGS, and of
/// those O_PATH_FLAGS with O_PATH.
constexpr std::uint32_t known_open_flags
    = O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK
      | O_SYNC | O_ASYNC | O_DIRECT | O_DIRECTORY | O_NOFOLLOW | O_NOATIME
      | O_CLOEXEC | O_PATH | O_TMPFILE;
constexpr std::uint32_t path_open_flags
    = O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC;

} // namespace

std::optional<unsigned> known_flags(role what) noexcept {
  constexpr unsigned name = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
  constexpr unsigned sync = AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC;
  switch (what) {
  case role::at_flags:
    return name;
  case role::stat_flags:
  case role::statx_flags:
    return name | AT_NO_AUTOMOUNT | sync;
  case role::access_flags:
    return name | AT_EACCESS;
  case role::link_flags:
    return AT_SYMLINK_FOLLOW | AT_EMPTY_PATH;
  case role::remove_flags:
    return AT_REMOVEDIR;
  case role::rename_flags:
    return RENAME_NOREPLACE | RENAME_EXCHANGE;
  default:
    return std::nullopt;
  }
}

int unsound_kind(mode_t mode) noexcept {
  switch (mode & S_IFMT) {
  case 0:
  case S_IFREG:
  case S_IFCHR:
  case S_IFBLK:
  case S_IFIFO:
  case S_IFSOCK:
    return 0;
  case S_IFDIR:
    return EPERM;
  default:
    return EINVAL;
  }
}

// Whether flags are sound the kernel says itself: it looks at them before it
// looks for a path, and there is none.

int take_open_flags(int flags, request& into) noexcept {
  const int verdict = sys::judge_open_flags(flags);
  into.open_flags
      = static_cast<std::uint32_t>(flags)
        & ((flags & O_PATH) != 0 ? path_open_flags : known_open_flags);
  if ((flags & (O_CREAT | only_tmpfile)) == 0)
    into.mode = 0;
  return verdict == EFAULT ? 0 : verdict;
}

int take_open_how(std::span<const std::byte> how, request& into) noexcept {
  const int verdict = sys::judge_open_how(how.data(), how.size());
  ::open_how known;
  std::memcpy(&known, how.data(), sizeof known);
  into.open_flags = known.flags;
  into.mode = static_cast<mode_t>(known.mode);
  into.resolve = known.resolve;
  return verdict == EFAULT ? 0 : verdict;
}

} // namespace cordon::notify
