// The reference for everything about roots: the kernel's own chroot(2), with
// real bind mounts.
#pragma once

#include "tests/support/identity.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cordon::test {

struct bind_mount {
  std::string at;   ///< in the root
  std::string host; ///< a directory
  bool read_only = false;
};

/// What `ask` returns, asked in a child process that is `who` and has no
/// capability.
[[nodiscard]] std::string in_child(const identity& who,
                                   const std::function<std::string()>& ask);

/// The same in a child whose root is `root` and whose directory is "/".
/// Nothing when we are not allowed to: only root may.
[[nodiscard]] std::optional<std::string>
in_chroot(const std::string& root, const std::vector<bind_mount>& mounts,
          const identity& who, const std::function<std::string()>& ask);

/// Whether in_chroot works here.
[[nodiscard]] bool can_chroot();

} // namespace cordon::test
