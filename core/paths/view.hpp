// What the target takes for its file system: a root and what is mounted in it,
// as pinned host directories, files that we made, and /proc. Nobody mounted
// anything.
#pragma once

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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

/// What is behind a part of the view.
enum class backing : std::uint8_t {
  directory, ///< of the host
  content,   ///< a file that we made, sealed
  proc,      ///< a proc file system, of which procfs.hpp says what is shown
};

/// A part of the view that is backed by one thing.
struct tree {
  std::string at; ///< "/" for the root, else where it is mounted
  unique_fd fd;   ///< O_PATH
  bool read_only = false;
  std::string host; ///< as the kernel named it last
  backing kind = backing::directory;
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

  /// Puts a file with `text` at `at`: rows of the synthetic table. The
  /// directory must be there (ENOENT, ENOTDIR), the file need not; what is
  /// there is covered, as by a mount.
  [[nodiscard]] result<void> add_file(const std::string& at,
                                      std::string_view text);
  /// Puts /proc there, unless something else is mounted at that place already;
  /// the root need have no such directory. A mount whose host directory is a
  /// proc file system becomes one. Nothing where the host has none.
  void add_proc();

  [[nodiscard]] const tree& at(std::size_t index) const {
    return trees_[index];
  }
  [[nodiscard]] std::size_t count() const noexcept {
    return trees_.size();
  }
  [[nodiscard]] bool has_mounts() const noexcept {
    return trees_.size() > 1;
  }
  /// Whether the kernel's own walk in the root goes wrong in places that it
  /// cannot be told of: host directories are mounted.
  [[nodiscard]] bool crosses_mounts() const noexcept {
    return crosses_;
  }
  /// Whether there are places that no host directory backs.
  [[nodiscard]] bool has_made_places() const noexcept {
    return has_made_;
  }
  /// With made places only: whether what the kernel's walk in the root has
  /// found (an fd of ours, and what fstat says of it) is covered by one of
  /// them.
  [[nodiscard]] bool covers(int fd, const struct stat& facts) const;
  /// Whether some mount point has a component called `name`: quickly told, for
  /// names that may be made and removed.
  [[nodiscard]] bool names(std::string_view name) const;
  /// The made place at `path`, exactly.
  [[nodiscard]] std::optional<std::size_t> made_at(std::string_view path) const;
  /// Made places in this directory, by their names, with their trees.
  [[nodiscard]] std::vector<std::pair<std::string, std::size_t>>
  made_in(std::string_view directory) const;
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
  /// The same for a name that the kernel has for something.
  [[nodiscard]] std::optional<position>
  find_host(std::string_view kernel_name) const;
  /// The same for one of many names, after `refresh`.
  [[nodiscard]] std::optional<position>
  find_known(std::string_view kernel_name) const {
    return map(kernel_name);
  }
  /// Asks the kernel what it calls the host directories now.
  void refresh() const;

private:
  [[nodiscard]] std::optional<position> map(std::string_view host) const;
  [[nodiscard]] result<void> add(const mount_spec& wanted);
  void cover(int directory, const std::string& name, backing by);
  void add_made(tree made);

  /// An object of the root that a made place covers.
  struct covered {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
  };

  mutable std::vector<tree> trees_;
  std::vector<covered> covered_;
  bool crosses_ = false;
  bool has_made_ = false;
};

/// "/a/b" for "//a/./b/"; nothing for a path that is not absolute or has "..".
[[nodiscard]] std::optional<std::string> clean(std::string_view path);
/// `base` and a name or relative path beneath it.
[[nodiscard]] std::string join(std::string_view base, std::string_view name);
/// The directory of a clean path; "/" for "/".
[[nodiscard]] std::string_view parent_of(std::string_view path);
/// Whether clean `path` is `place` or beneath it.
[[nodiscard]] bool is_beneath(std::string_view place, std::string_view path);

/// Whether an object is in a proc file system, where names mean other things to
/// us than to the caller.
[[nodiscard]] bool is_in_proc(int fd);
/// The same, by what fstat(2) says of the fd.
[[nodiscard]] bool is_in_proc(int fd, const struct stat& facts);

/// The name the kernel has for an fd of ours; empty when it has none.
[[nodiscard]] std::string kernel_name(int fd);

} // namespace cordon::paths
