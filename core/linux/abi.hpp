// Kernel ABI that the distribution's headers lack or have in an older form.
#pragma once

#include <cstdint>

namespace cordon::sys {

/// struct landlock_ruleset_attr as of ABI 6 (include/uapi/linux/landlock.h).
/// Older ABIs take a shorter one: 8 bytes (1–3), 16 (4–5), 24 (6 and up).
struct landlock_ruleset {
  std::uint64_t handled_fs;
  std::uint64_t handled_net;
  std::uint64_t scoped;
};

/// struct landlock_path_beneath_attr; the kernel's is packed: 12 bytes.
struct [[gnu::packed]] landlock_path_beneath {
  std::uint64_t allowed;
  std::int32_t parent_fd;
};

/// struct landlock_net_port_attr (ABI 4).
struct landlock_port {
  std::uint64_t allowed;
  std::uint64_t port;
};

/// struct __user_cap_header_struct, version 3.
struct capability_header {
  std::uint32_t version = 0x20080522;
  std::int32_t pid = 0;
};

/// struct __user_cap_data_struct; version 3 takes two.
struct capability_words {
  std::uint32_t effective;
  std::uint32_t permitted;
  std::uint32_t inheritable;
};

namespace abi {
// The same on every architecture (asm-generic).
inline constexpr long nr_landlock_create_ruleset = 444;
inline constexpr long nr_landlock_add_rule = 445;
inline constexpr long nr_landlock_restrict_self = 446;

inline constexpr long nr_faccessat2 = 439;   // Linux 5.8
inline constexpr long nr_fchmodat2 = 452;    // Linux 6.6
inline constexpr long nr_file_getattr = 468; // Linux 6.17
inline constexpr long nr_file_setattr = 469; // Linux 6.17

inline constexpr std::uint32_t landlock_create_ruleset_version = 1U << 0;
inline constexpr std::uint32_t landlock_rule_path_beneath = 1;
inline constexpr std::uint32_t landlock_rule_net_port = 2;

inline constexpr unsigned close_range_unshare = 1U << 1;
inline constexpr unsigned close_range_cloexec = 1U << 2;

inline constexpr unsigned long clone_files = 0x400;

/// SECCOMP_FILTER_FLAG_NEW_LISTENER (5.0), …_WAIT_KILLABLE_RECV (5.19).
inline constexpr unsigned seccomp_new_listener = 1U << 3;
inline constexpr unsigned seccomp_wait_killable = 1U << 5;

/// All securebits and their locks but KEEP_CAPS itself, which is only locked
/// (capabilities(7)): root's uid gives nothing, and stays so.
inline constexpr unsigned long locked_securebits = 0xEF;
} // namespace abi

} // namespace cordon::sys
