// One decoded call: everything a handler may know of it, read once.
#pragma once

#include "core/syscall/operations.hpp"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/types.h>
#include <time.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace cordon::notify {

/// The object a path operation is about.
struct place {
  /// Where a relative path starts, or the object itself when there is no
  /// path. A number of the caller's, or AT_FDCWD.
  int fd = AT_FDCWD;
  /// Bytes as the caller wrote them; unset: the object is `fd`.
  std::optional<std::string> path;
  bool follow = true;      ///< the last symlink
  bool empty_path = false; ///< AT_EMPTY_PATH
};

/// Immutable once decoded. Which details are set depends on the operation.
struct request {
  syscall::operation op{};
  std::uint64_t id = 0; ///< of the notification
  pid_t tid = 0;        ///< the calling thread
  int number = 0;       ///< the system call
  std::array<std::uint64_t, 6> args{};

  place where;
  mode_t mode = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  /// As utimensat(2) takes them; unset: now.
  std::optional<std::array<timespec, 2>> times;
  std::string name; ///< of an extended attribute
  /// Bytes that the call points to: the value of an extended attribute, an
  /// address, a limit, …
  std::string value;
  /// `value` could not be read where the call points: EFAULT, once the kernel
  /// would come to that.
  bool unreadable = false;
  int flags = 0;    ///< XATTR_…, RENAME_…
  int at_flags = 0; ///< AT_…, also those that `where` says

  place to;         ///< the new name of rename and link
  std::string text; ///< what a new symlink says
  /// As openat2(2) takes it; flags that open(2) does not know are gone.
  std::uint64_t open_flags = 0;
  std::uint64_t resolve = 0;
  /// Where in the caller's memory the answer goes, and how much room there is.
  std::uint64_t buffer = 0;
  std::uint64_t room = 0;
  std::uint32_t mask = 0; ///< STATX_…, IN_…, R_OK and its like
  std::int64_t length = 0;
  dev_t device = 0;
  bool is_old_listing = false; ///< getdents(2): records of the first form
};

} // namespace cordon::notify
