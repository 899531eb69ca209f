// The kernel protections a run stands on, and what to do where one is missing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cordon::policy {

/// One protection of Landlock beyond ABI 1.
enum class protection : std::uint8_t {
  fs_refer,
  fs_truncate,
  net_tcp,
  fs_ioctl_dev,
  signal_scope,
  abstract_unix_socket_scope,
};

inline constexpr std::size_t protection_count = 6;

inline constexpr std::array<protection, protection_count> all_protections{
    protection::fs_refer,     protection::fs_truncate,
    protection::net_tcp,      protection::fs_ioctl_dev,
    protection::signal_scope, protection::abstract_unix_socket_scope,
};

/// How much the profile insists. The last setting wins.
enum class insistence : std::uint8_t {
  strict,     ///< absent: a stricter filter stands in, or the run refuses
  degradable, ///< absent: the run goes on without, and says so
  disabled,   ///< not used even where the kernel has it, and the run says so
};

/// What a run ended up with.
enum class protection_status : std::uint8_t {
  active,   ///< Landlock enforces it
  stand_in, ///< the kernel lacks it; a stricter filter refuses instead
  degraded, ///< the kernel lacks it and nothing replaces it
  disabled, ///< switched off by the profile
};

/// "fs-refer", "fs-truncate", "net-tcp", "fs-ioctl-dev", "signal-scope",
/// "abstract-unix-socket-scope".
[[nodiscard]] std::string_view name_of(protection what) noexcept;

/// "active", "stand-in", "degraded", "disabled".
[[nodiscard]] std::string_view name_of(protection_status status) noexcept;

/// By name, any case.
[[nodiscard]] std::optional<protection>
find_protection(std::string_view name) noexcept;

/// The Landlock ABI that brought it: 2, 3, 4, 5, 6, 6.
[[nodiscard]] int required_abi(protection what) noexcept;

using insistences = std::array<insistence, protection_count>;

} // namespace cordon::policy
