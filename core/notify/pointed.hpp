// How much memory the structures of trapped calls take.
#pragma once

#include "core/notify/request.hpp"
#include "core/notify/target_memory.hpp"

namespace cordon::notify {

/// Reads what argument `i` of `into`, of role `what`, points to into
/// `into.value`; sets `into.unreadable` when that cannot be done. What the
/// kernel would refuse for its size is not read (sched_attr: only its size).
void read_pointed(const target_memory& memory, syscall::role what,
                  std::size_t i, request& into);

} // namespace cordon::notify
