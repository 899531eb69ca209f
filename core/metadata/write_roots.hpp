// The write rule, for what Landlock does not see.
#pragma once

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"
#include "core/metadata/pin.hpp"

#include <sys/types.h>

#include <string>
#include <vector>

namespace cordon::metadata {

/// The places of a policy's write grants, pinned when the run starts. As for
/// Landlock, a grant is an object and what is beneath it, not a name.
class write_roots {
public:
  /// Takes a place in; one that does not exist (any more) grants nothing.
  void add(const std::string& path);

  /// Whether `object` is a granted object or beneath one at this moment: by
  /// the names the kernel has for both, which need no search permission and
  /// cannot be made up.
  /// Objects without a name (pipes, memory files, deleted files) and those the
  /// caller already writes to are covered when it holds them open for writing.
  [[nodiscard]] bool covers(const pinned& object) const;
  /// The same of an object that the kernel calls `path` (`name_of`) just now.
  [[nodiscard]] bool cover(const std::string& path) const;

private:
  struct root {
    unique_fd fd;
    std::string path; ///< as the kernel named it last
  };
  [[nodiscard]] static bool confirmed(root& candidate, const std::string& path);

  /// Names are refreshed when they are looked at.
  mutable std::vector<root> roots_;
};

/// The path the kernel has for an O_PATH fd of ours; empty when it has none.
[[nodiscard]] std::string name_of(const unique_fd& object);

} // namespace cordon::metadata
