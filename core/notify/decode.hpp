// From registers and memory to a request, by the roles of the row.
#pragma once

#include "core/base/result.hpp"
#include "core/notify/request.hpp"

namespace cordon::notify {

/// Reads what the row's roles point to. The error is what the call itself
/// would fail with (EFAULT, ENAMETOOLONG, EINVAL, ERANGE, E2BIG), found in the
/// kernel's order: structures, flags, names and values, then the path.
/// Memory may have been another thread's: check the id before believing it.
[[nodiscard]] result<request> decode(const syscall::trap_row& row,
                                     const seccomp_notif& raw);

} // namespace cordon::notify
