// Who is in a sandbox, by walking /proc.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>

namespace cordon::process {

/// Counts the processes below `keeper` (not itself), zombies included, as
/// RLIMIT_NPROC would. An orphan comes to the keeper, so its own children are
/// looked at last, until nothing is new. Nothing when /proc does not tell
/// (needs CONFIG_PROC_CHILDREN).
[[nodiscard]] std::optional<std::size_t> count_family(pid_t keeper);

/// What a thread is doing.
enum class whereabouts {
  gone,
  running, ///< on a CPU, in the kernel or not
  in_call, ///< waits in system call `number`
  elsewhere,
};

/// Whether thread `tid` is inside system call `number`.
[[nodiscard]] whereabouts find_thread(pid_t tid, int number);

} // namespace cordon::process
