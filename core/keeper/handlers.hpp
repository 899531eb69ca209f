// Whether a program has a handler for any signal.
#pragma once

#include <sys/types.h>

namespace cordon::keeper {

/// By "SigCgt:" of /proc/TID/status, which costs about as much as two stops.
/// True as well when that cannot be read.
[[nodiscard]] bool may_have_handlers(pid_t tid) noexcept;

} // namespace cordon::keeper
