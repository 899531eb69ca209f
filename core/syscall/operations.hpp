// What trapped calls mean: which operation a spelling is, and what each of its
// arguments is. Legacy and modern spellings share one operation, so they share
// one handler. Adding a trapped call is a line in operations.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace cordon::syscall {

/// What a trapped call asks for.
enum class operation : std::uint8_t {
  chmod,
  chown,
  utimens,
  setxattr,
  removexattr,
  fork,
  dumpable,
  trace,
};

/// How many operations there are; they count from 0.
inline constexpr std::size_t operation_count = 8;

/// "chmod", "chown", …
[[nodiscard]] std::string_view name_of(operation op) noexcept;

/// What an argument of a trapped call is.
enum class role : std::uint8_t {
  none,
  dirfd,       ///< where a relative path starts
  fd,          ///< the object itself
  path,        ///< NUL-terminated, at most 4096 bytes with the NUL
  maybe_path,  ///< the same; NULL means the object that dirfd is
  at_flags,    ///< AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH, nothing else
  mode,        ///< umode_t: 16 bits
  uid,         ///< -1: leave
  gid,         ///< -1: leave
  timespecs,   ///< two; NULL means now
  timevals,    ///< two; NULL means now
  utimbuf,     ///< two seconds; NULL means now
  xattr_name,  ///< NUL-terminated, 1…255 bytes
  xattr_value, ///< as many bytes as the next `xattr_size` says
  xattr_size,  ///< at most 65536
  xattr_flags, ///< XATTR_CREATE, XATTR_REPLACE
  xattr_args,  ///< struct xattr_args (Linux 6.13): value, size, flags
  args_size,   ///< of the structure before
};

/// One spelling of an operation.
struct trap_row {
  std::string_view syscall;
  operation op;
  std::array<role, 6> roles;
  /// The last symlink is not followed, without a flag saying so.
  bool nofollow = false;
};

/// All rows.
[[nodiscard]] std::span<const trap_row> trap_rows() noexcept;

/// The row of a call, or nullptr when nothing ever handles it.
[[nodiscard]] const trap_row* find_trap(std::string_view syscall) noexcept;

} // namespace cordon::syscall
