// A Landlock ruleset under construction.
#pragma once

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"

#include <cstdint>
#include <string>

namespace cordon::landlock {

/// The Landlock ABI of the running kernel; 0 when there is none or it is
/// switched off (ENOSYS, EOPNOTSUPP).
[[nodiscard]] int probe_abi() noexcept;

/// What a ruleset handles, so denies unless a rule allows.
struct handled {
  std::uint64_t fs = 0;
  std::uint64_t net = 0;
  std::uint64_t scoped = 0;
};

class ruleset {
public:
  /// Creates a ruleset with the attribute size that `abi` has (8, 16 or 24
  /// bytes). Rights the ABI lacks must not be in `what` (EINVAL).
  [[nodiscard]] static result<ruleset> create(const handled& what, int abi);

  /// Allows `access` beneath `path`, which is opened O_PATH and so needs no
  /// read permission and never blocks. Rights that only a directory can have
  /// are left out for other files. Fails with the open's errno (ENOENT, …).
  result<void> allow_path(const std::string& path, std::uint64_t access);

  /// Allows `access` for one TCP port. Needs ABI 4.
  result<void> allow_port(std::uint16_t port, std::uint64_t access);

  [[nodiscard]] const unique_fd& fd() const noexcept {
    return fd_;
  }
  /// Gives the fd away, to a launch.
  [[nodiscard]] unique_fd take() && noexcept {
    return std::move(fd_);
  }

private:
  explicit ruleset(unique_fd fd) noexcept
      : fd_(std::move(fd)) {
  }
  unique_fd fd_;
};

} // namespace cordon::landlock
