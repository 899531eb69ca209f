// Holds on single threads.
#pragma once

#include "core/base/unique_fd.hpp"

#include <sys/types.h>

namespace cordon::process {

/// A pidfd of one thread (PIDFD_THREAD, Linux 6.9): readable when that thread
/// is gone, even when a sibling's exec ended it. Before 6.9 one of the
/// thread's process. Empty, with errno, when there is none.
[[nodiscard]] unique_fd thread_pidfd(pid_t tid);

} // namespace cordon::process
