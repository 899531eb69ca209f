// From a path of the target to a pinned place, as the kernel would walk it in a
// chroot with the same mounts.
//
// What was resolved is what is acted on: everything after goes through the fd
// that is returned, never through the path again.
#pragma once

#include "core/paths/view.hpp"

#include <cstdint>
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

/// What symbolic links of /proc lead to: the kernel would jump to objects of
/// the caller, which here would be ours.
class proc_links {
public:
  virtual ~proc_links() = default;
  struct target {
    std::string text; ///< continue with this path; unless `object` is set
    unique_fd object; ///< O_PATH: the link leads here
    position where;   ///< of `object`, when `placed`
    bool placed = false;
  };
  /// `link`: an O_PATH fd of a symlink in a proc file system, called `name`.
  [[nodiscard]] virtual result<target> follow(int link, std::string_view name)
      = 0;
};

/// Whether an object is in a proc file system, where names mean other things to
/// us than to the caller.
[[nodiscard]] bool is_in_proc(int fd);

/// The rules for one caller.
struct resolver {
  const view& in;
  /// Null: no link of /proc is followed (ELOOP).
  proc_links* proc = nullptr;
  /// RESOLVE_… of openat2(2) that the caller asked for.
  std::uint64_t resolve = 0;
  /// With RESOLVE_BENEATH and RESOLVE_IN_ROOT: the directory that is not left.
  const start* top = nullptr;

  // `from` is for relative paths only.

  /// The object that `path` (not empty) names. Errors are the call's: ENOENT,
  /// ENOTDIR, EACCES, ELOOP (more than 40 links), ENAMETOOLONG. What is in
  /// /proc is refused (EACCES): it would be ours.
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
};

} // namespace cordon::paths
