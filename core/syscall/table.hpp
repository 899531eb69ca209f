// THE list of system calls: what becomes of every number of an architecture.
//
// One row a call. The filters, `cordon list-syscalls`, docs/syscalls.md and
// `--extra-deny-syscall` names all come from these rows; adding a call is
// adding a line to table.cpp. A second architecture is a column.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace cordon::syscall {

/// Architectures the table has a column for.
enum class arch : std::uint8_t { x86_64, aarch64 };

/// The architecture this library was built for.
#if defined(__x86_64__)
inline constexpr arch native = arch::x86_64;
#elif defined(__aarch64__)
inline constexpr arch native = arch::aarch64;
#else
#error "cordon has no system call column for this architecture"
#endif

/// The AUDIT_ARCH_* token seccomp reports for `a` (linux/audit.h).
[[nodiscard]] constexpr std::uint32_t audit_arch(arch a) noexcept {
  return a == arch::x86_64 ? 0xC000003EU : 0xC00000B7U;
}

/// The number of a call that an architecture does not have.
inline constexpr std::int16_t absent = -1;

/// The highest number the table knows (Linux 6.18: 469). Above it: ENOSYS.
inline constexpr int last_number = 469;

/// What becomes of a call.
enum class treatment : std::uint8_t {
  /// The kernel runs it; no argument is looked at (constant, so the kernel's
  /// own bitmap answers without running the filter, Linux 5.11+).
  allow,
  /// Refused with the row's errno.
  deny,
  /// Register arguments decide (core/syscall/argument_rules.hpp).
  check,
  /// Refused with the row's errno unless the policy opens the row's group.
  group,
  /// The kernel runs it, unless this policy's own filter says otherwise
  /// (core/seccomp/policy_filter.hpp).
  policy,
  /// seccomp cannot see it (x86 uprobe calls); harmless, see the note.
  unfilterable,
};

/// Rows that a policy opens together, with `--extra-allow-syscall GROUP`.
enum class group : std::uint8_t {
  none,
  metadata,
  sysv_ipc,
  /// No rows, but argument rules (core/syscall/argument_rules.hpp): the
  /// supervisor sends what has an address.
  unix_datagram,
};

/// One system call.
struct row {
  std::string_view name;
  /// Number by architecture, `absent` where there is none.
  std::array<std::int16_t, 2> number;
  treatment what;
  /// The errno of `deny` and `group`; of `check`, what most refusals give.
  std::int16_t error;
  group member_of;
  /// Why, in a few words. Never empty unless the treatment is `allow`.
  std::string_view why;

  [[nodiscard]] constexpr int number_on(arch a) const noexcept {
    return number[static_cast<std::size_t>(a)];
  }
};

/// All rows, in the order of the x86_64 numbers.
[[nodiscard]] std::span<const row> rows() noexcept;

/// The row of a name, or nullptr.
[[nodiscard]] const row* find(std::string_view name) noexcept;

/// The row of a number, or nullptr.
[[nodiscard]] const row* find(arch a, int number) noexcept;

/// "allow", "deny", "check", "group", "policy", "unfilterable".
[[nodiscard]] std::string_view name_of(treatment what) noexcept;

/// "metadata", "sysv_ipc", "unix_datagram"; "" for none.
[[nodiscard]] std::string_view name_of(group members) noexcept;

/// The group of a name; `group::none` when there is no such group.
[[nodiscard]] group find_group(std::string_view name) noexcept;

} // namespace cordon::syscall
