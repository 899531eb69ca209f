// The listener's way from the child to the supervisor.
#pragma once

#include "core/keeper/loop.hpp"
#include "core/process/child_setup.hpp"

namespace cordon::keeper {

/// Tells the child that it is traced as far as it can be, and may go on.
void say_watched(process::listener_words& words) noexcept;

/// Waits until the child has installed the policy filter, sends the listener
/// to the supervisor, then waits until the child has a table of fds of its own
/// (until then ours is the same, and closing anything would close it there).
/// Comes back early when the child or the supervisor is gone: the loop that
/// follows finds out which.
void hand_listener_over(process::listener_words& words, const run& r) noexcept;

} // namespace cordon::keeper
