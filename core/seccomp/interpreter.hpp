// Runs a seccomp program in user space: for tests and for `cordon explain`.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <span>

namespace cordon::seccomp {

/// What the kernel would return for `data`: a SECCOMP_RET_* action with its
/// data bits. A program that is not well formed gives SECCOMP_RET_KILL_PROCESS.
[[nodiscard]] std::uint32_t interpret(std::span<const sock_filter> program,
                                      const seccomp_data& data) noexcept;

/// The kernel's choice between two filters' answers; `newer` was installed
/// last and wins a tie (seccomp(2), "the most recently installed filter").
[[nodiscard]] std::uint32_t stricter(std::uint32_t older,
                                     std::uint32_t newer) noexcept;

} // namespace cordon::seccomp
