// Limits, priorities and scheduling of other processes of a sandbox.
#pragma once

#include "core/notify/request.hpp"
#include "core/process/members.hpp"

namespace cordon::process {

/// prlimit64, setpriority, ioprio_set, sched_setaffinity, sched_setscheduler,
/// sched_setparam, sched_setattr about processes that belong to `whom`.
/// Returns 0 or the errno that the kernel would have given, were there no
/// others: of those outside a number that exists gives EPERM. For a group or
/// a user it is those within that are changed.
[[nodiscard]] int change_other(const notify::request& asked,
                               const members& whom);

/// sched_getaffinity(2) of any thread: the number of bytes written, or minus an
/// errno.
[[nodiscard]] int tell_cpus(const notify::request& asked);

} // namespace cordon::process
