// Calls that nothing ever traps.
#pragma once

#include <string_view>

namespace cordon::syscall {

/// Why the call of this name must never wait for a supervisor; empty when it
/// may. Every trap is a chance for a signal to break a call, and for the answer
/// to be waited for by whoever would have to give it.
[[nodiscard]] std::string_view
why_never_trapped(std::string_view name) noexcept;

} // namespace cordon::syscall
