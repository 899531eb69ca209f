// Giving up every capability, and a uid of one's own in a user namespace.
// Async-signal-safe.
#pragma once

#include "core/process/launch.hpp"

namespace cordon::process {

/// Empties all five capability sets of the calling thread: bounding first (it
/// needs CAP_SETPCAP), then ambient, then the securebits are locked so that
/// uid 0 gives nothing at exec, then permitted, effective and inheritable.
/// A process that has no capability keeps its bounding set: no_new_privs makes
/// it useless. Returns 0 or an errno.
int drop_capabilities() noexcept;

/// Enters a user namespace in which the caller is `who`, unless it is that
/// already. Returns 0 or an errno; EPERM where the host forbids unprivileged
/// user namespaces.
int enter_user_namespace(id_map who) noexcept;

} // namespace cordon::process
