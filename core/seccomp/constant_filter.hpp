// The constant filter (filter a): deny list, argument rules, ENOSYS for
// numbers that are unknown, x32 or of a foreign architecture.
//
// Compiled at build time from core/syscall/table.cpp and embedded; see
// core/seccomp/constant_compiler.hpp.
#pragma once

#include <linux/filter.h>

#include <span>

namespace cordon::seccomp {

/// The embedded program for the native architecture.
[[nodiscard]] std::span<const sock_filter> constant_filter() noexcept;

} // namespace cordon::seccomp
