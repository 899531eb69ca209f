// Which flags a call takes, by the roles of its arguments.
#pragma once

#include "core/notify/request.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace cordon::notify {

/// R_OK, W_OK and X_OK.
inline constexpr std::uint32_t all_access_modes = 7;

/// The AT_… and RENAME_… flags that a role may have; nothing for a role that is
/// no flags. Any other flag is EINVAL.
[[nodiscard]] std::optional<unsigned> known_flags(syscall::role what) noexcept;

/// The errno for a kind of node that mknod(2) does not make; else 0.
[[nodiscard]] int unsound_kind(mode_t mode) noexcept;

/// The flags of open(2) and openat(2), as the kernel would take them. Returns 0
/// or the call's errno; `into` has its mode already.
[[nodiscard]] int take_open_flags(int flags, request& into) noexcept;
/// struct open_how of openat2(2), at least its first size.
[[nodiscard]] int take_open_how(std::span<const std::byte> how,
                                request& into) noexcept;

} // namespace cordon::notify
