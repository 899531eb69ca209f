// WATCHER: the thread that starts a keeper and waits for it.
//
// Starting restricts the thread to a signal domain of its own for good, and
// waiting blocks; so a run has a detached actor of its own for both, and no
// thread of the service is ever restricted.
#pragma once

#include "actors/interfaces.hpp"
#include "core/base/unique_fd.hpp"

namespace cordon::actors {

/// The read end of a pipe whose write end the sandbox holds and nobody else:
/// when it reads end-of-file the sandbox is gone.
using leash_ptr = std::shared_ptr<const unique_fd>;

/// Spawn detached. Tells `owner` started, running, denials, then ended; or
/// failed.
void watcher(caf::blocking_actor* self, const sandbox_actor& owner,
             const run_request_ptr& request, const leash_ptr& leash);

} // namespace cordon::actors
