// From a path of the target to a pinned place, as the kernel would walk it in a
// chroot with the same mounts.
//
// What was resolved is what is acted on: everything after goes through the fd
// that is returned, never through the path again.
#pragma once

#include "core/paths/procfs.hpp"
#include "core/paths/view.hpp"

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cordon::paths {

/// The directory a relative path starts in. Borrowed.
struct start {
  int fd = -1; ///< O_PATH
  position where;
};

/// An object.
struct found {
  unique_fd fd; ///< O_PATH; a symbolic link only when it was not to be followed
  std::size_t tree = 0;
  /// Of made places only, whose fds do not tell: where it is in the view.
  std::optional<position> where = {};
  /// What a link of /proc led to and is not in the view, with who holds it.
  std::optional<proc_target> held = {};
  struct stat facts {}; ///< of the object; what a walk finds is yet to be asked
};

/// A name: an existing directory and what to call in it.
struct named {
  unique_fd directory; ///< O_PATH
  std::size_t tree = 0;
  /// The last component as the target wrote it, with the slash after it when
  /// there was one; "." and ".." and "/" too, which every call that makes or
  /// removes names refuses. No such call follows it when it is a symlink.
  std::string leaf;

  /// Without slashes at the end.
  [[nodiscard]] std::string_view bare_leaf() const noexcept;
  [[nodiscard]] bool is_special() const noexcept; ///< ".", ".." or "/"
};

/// The rules for one caller.
struct resolver {
  const view& in;
  /// Null: nothing in /proc is found (EACCES).
  const procfs* proc = nullptr;
  /// RESOLVE_… of openat2(2) that the caller asked for.
  std::uint64_t resolve = 0;
  /// With RESOLVE_BENEATH and RESOLVE_IN_ROOT: the directory that is not left.
  const start* top = nullptr;
  pid_t caller = 0; ///< whose /proc/self it is, with `proc`

  // `from` is for relative paths only.

  /// The object that `path` (not empty) names. Errors are the call's: ENOENT,
  /// ENOTDIR, EACCES, ELOOP (more than 40 links), ENAMETOOLONG. What is in a
  /// proc file system, but not at a place of the view that shows one, is
  /// refused (EACCES): it would be ours.
  [[nodiscard]] result<found> object(const start& from, std::string_view path,
                                     bool follow) const;
  /// The directory that holds the name `path` (not empty), and that name.
  [[nodiscard]] result<named> name(const start& from,
                                   std::string_view path) const;
  /// The same for what a symlink in `at` says: `text` seen from there.
  [[nodiscard]] result<named> name_from(const named& at,
                                        std::string_view text) const;
  /// `object` without the last check.
  [[nodiscard]] result<found> anything(const start& from, std::string_view path,
                                       bool follow) const;
  [[nodiscard]] result<std::optional<found>>
  quickly(const start& from, std::string_view path, bool follow) const;
  [[nodiscard]] bool may_lead_to_made(const start& from, std::string_view path,
                                      bool without_links, int error) const;
};

} // namespace cordon::paths
