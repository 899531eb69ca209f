// What this process may do with seccomp.
#pragma once

namespace cordon::seccomp {

/// Whether a filter with a listener could be installed: not where a supervisor
/// further out has the one listener that a tree can have (EBUSY), or refuses
/// it (EPERM). Changes nothing. Linux 5.0.
[[nodiscard]] bool listener_available() noexcept;

} // namespace cordon::seccomp
