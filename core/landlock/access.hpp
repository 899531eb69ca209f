// Landlock access rights by ABI version.
//
// Own definitions: the distribution's <linux/landlock.h> may stop at an older
// ABI than the running kernel has (kernel source:
// include/uapi/linux/landlock.h).
#pragma once

#include <cstdint>
#include <string>

namespace cordon::landlock {

/// File system rights (ABI that brought each in parentheses).
namespace fs {
inline constexpr std::uint64_t execute = 1ULL << 0;     // (1)
inline constexpr std::uint64_t write_file = 1ULL << 1;  // (1)
inline constexpr std::uint64_t read_file = 1ULL << 2;   // (1)
inline constexpr std::uint64_t read_dir = 1ULL << 3;    // (1)
inline constexpr std::uint64_t remove_dir = 1ULL << 4;  // (1)
inline constexpr std::uint64_t remove_file = 1ULL << 5; // (1)
inline constexpr std::uint64_t make_char = 1ULL << 6;   // (1)
inline constexpr std::uint64_t make_dir = 1ULL << 7;    // (1)
inline constexpr std::uint64_t make_reg = 1ULL << 8;    // (1)
inline constexpr std::uint64_t make_sock = 1ULL << 9;   // (1)
inline constexpr std::uint64_t make_fifo = 1ULL << 10;  // (1)
inline constexpr std::uint64_t make_block = 1ULL << 11; // (1)
inline constexpr std::uint64_t make_sym = 1ULL << 12;   // (1)
inline constexpr std::uint64_t refer = 1ULL << 13;      // (2, Linux 5.19)
inline constexpr std::uint64_t truncate = 1ULL << 14;   // (3, Linux 6.2)
inline constexpr std::uint64_t ioctl_dev = 1ULL << 15;  // (5, Linux 6.10)

/// Rights a rule on something other than a directory may hold.
inline constexpr std::uint64_t on_file
    = execute | write_file | read_file | truncate | ioctl_dev;

/// What a read grant gives. Reading includes executing, as users of such tools
/// expect; exec of a file also needs the file mode's x bit.
inline constexpr std::uint64_t read_grant = execute | read_file | read_dir;

/// What a write grant gives: everything, within what the ABI knows.
inline constexpr std::uint64_t write_grant
    = read_grant | write_file | remove_dir | remove_file | make_char | make_dir
      | make_reg | make_sock | make_fifo | make_block | make_sym | refer
      | truncate | ioctl_dev;
} // namespace fs

/// TCP rights by port (ABI 4, Linux 6.7).
namespace net {
inline constexpr std::uint64_t bind_tcp = 1ULL << 0;
inline constexpr std::uint64_t connect_tcp = 1ULL << 1;
} // namespace net

/// Scopes (ABI 6, Linux 6.12).
namespace scope {
inline constexpr std::uint64_t abstract_unix_socket = 1ULL << 0;
inline constexpr std::uint64_t signal = 1ULL << 1;
} // namespace scope

/// The newest ABI this program makes use of.
inline constexpr int newest_known_abi = 7;

/// All file system rights that ABI `abi` knows (0 for abi < 1).
[[nodiscard]] constexpr std::uint64_t fs_rights(int abi) noexcept {
  if (abi < 1)
    return 0;
  std::uint64_t rights = 0x1FFF;
  if (abi >= 2)
    rights |= fs::refer;
  if (abi >= 3)
    rights |= fs::truncate;
  if (abi >= 5)
    rights |= fs::ioctl_dev;
  return rights;
}

/// All TCP rights that ABI `abi` knows.
[[nodiscard]] constexpr std::uint64_t net_rights(int abi) noexcept {
  return abi >= 4 ? net::bind_tcp | net::connect_tcp : 0;
}

/// All scopes that ABI `abi` knows.
[[nodiscard]] constexpr std::uint64_t scopes(int abi) noexcept {
  return abi >= 6 ? scope::abstract_unix_socket | scope::signal : 0;
}

/// The rights of a mask, as the kernel's words: "execute, read_file".
[[nodiscard]] std::string describe_fs(std::uint64_t rights);

} // namespace cordon::landlock
