// WATCHER: the thread that starts a keeper and waits for it.
//
// Starting restricts the thread to a signal domain of its own for good, and
// waiting blocks; so a run has a detached actor of its own for both, and no
// thread of the service is ever restricted.
#pragma once

#include "actors/interfaces.hpp"

namespace cordon::actors {

/// Spawn detached. Tells `owner` started, then ended; or failed.
void watcher(caf::blocking_actor* self, const sandbox_actor& owner,
             const run_request_ptr& request);

} // namespace cordon::actors
