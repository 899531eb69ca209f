// What the target takes for its file system: a root and what is mounted in it,
// as pinned host directories. Nobody mounted anything.
#pragma once

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cordon::paths {

/// A host directory and where the target finds it.
struct mount_spec {
  std::string at;   ///< absolute, in the view
  std::string host; ///< a directory
  bool read_only = false;
};

/// Where something is in the view.
struct position {
  std::size_t tree = 0; ///< 0: the root; else a mount
  std::string path;     ///< absolute, without ".", "..", "//" or a last "/"
  std::string host;     ///< the same place as the kernel names it to us

  /// A name in this directory.
  [[nodiscard]] position child(std::string_view name) const;
};

/// The part of the view that one host directory backs.
struct tree {
  std::string at; ///< "/" for the root, else where it is mounted
  unique_fd fd;   ///< O_PATH
  bool read_only = false;
  std::string host; ///< as the kernel named it last
};

/// Immutable but for the names of its host directories, which are refreshed
/// when somebody outside renames them. One thread uses it.
class view {
public:
  /// Pins the directories. Mounts may lie in each other; a mount point must be
  /// a directory of what it is mounted in, as for mount(2), and is reached
  /// through no symbolic link. Errors name the path: ENOENT, ENOTDIR, EACCES;
  /// EINVAL for a mount on "/" or with ".."; EEXIST for two at one place;
  /// ENOSYS without openat2(2) (Linux 5.6).
  [[nodiscard]] static result<view> make(const std::string& root,
                                         const std::vector<mount_spec>& mounts);

  [[nodiscard]] const tree& at(std::size_t index) const {
    return trees_[index];
  }
  [[nodiscard]] std::size_t count() const noexcept {
    return trees_.size();
  }
  [[nodiscard]] bool has_mounts() const noexcept {
    return trees_.size() > 1;
  }
  /// The tree that backs `path`, a clean absolute path: the longest mount
  /// point that covers it.
  [[nodiscard]] std::size_t tree_of(std::string_view path) const;
  /// The mount whose root `path` is, exactly; none for "/".
  [[nodiscard]] std::optional<std::size_t>
  mounted_at(std::string_view path) const;
  /// Whether a mount point is `path` or lies beneath: it cannot go away then.
  [[nodiscard]] bool leads_to_mount(std::string_view path) const;

  /// Where an object of ours is in the view, by the name the kernel has for it;
  /// a deleted one where it was. When two trees hold it: the one whose host
  /// directory is nearer. EACCES: it is not in the view, or has no name.
  [[nodiscard]] result<position> locate(int fd) const;

private:
  [[nodiscard]] std::optional<position> map(std::string_view host) const;
  [[nodiscard]] result<void> add(const mount_spec& wanted);

  mutable std::vector<tree> trees_;
};

/// "/a/b" for "//a/./b/"; nothing for a path that is not absolute or has "..".
[[nodiscard]] std::optional<std::string> clean(std::string_view path);
/// `base` and a name or relative path beneath it.
[[nodiscard]] std::string join(std::string_view base, std::string_view name);
/// The directory of a clean path; "/" for "/".
[[nodiscard]] std::string_view parent_of(std::string_view path);
/// Whether clean `path` is `place` or beneath it.
[[nodiscard]] bool is_beneath(std::string_view place, std::string_view path);

/// The name the kernel has for an fd of ours; empty when it has none.
[[nodiscard]] std::string kernel_name(int fd);

} // namespace cordon::paths
