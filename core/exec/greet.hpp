// The supervisor's side of core/exec/handoff.hpp, and of the name page.
#pragma once

#include "core/exec/prepare.hpp"
#include "core/notify/calls.hpp"
#include "core/notify/request.hpp"

#include <string>

namespace cordon::exec {

/// Whether a call is the stub's greeting, as far as its registers and path say.
[[nodiscard]] bool is_greeting(const notify::request& asked) noexcept;

/// Hands `what` over to the stub that greets us, which is at `stub`. 0 or an
/// errno: it cannot go on then, nor back.
[[nodiscard]] int hand_over(notify::calls& kernel, const notify::request& asked,
                            const startable& what, const std::string& stub);

/// Whether the stub is named in the memory of `tid`'s process as it should be.
[[nodiscard]] bool has_name_page(pid_t tid, const std::string& stub);

} // namespace cordon::exec
