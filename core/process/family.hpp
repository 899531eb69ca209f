// Who is in a sandbox, by walking /proc.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace cordon::process {

/// Counts the processes below `keeper` (not itself), zombies included, as
/// RLIMIT_NPROC would. An orphan comes to the keeper, so its own children are
/// looked at last, until nothing is new. Nothing when /proc does not tell
/// (needs CONFIG_PROC_CHILDREN).
[[nodiscard]] std::optional<std::size_t> count_family(pid_t keeper);

/// The process of a thread. Nothing when it is gone.
[[nodiscard]] std::optional<pid_t> process_of(pid_t tid);

/// The processes below `keeper` (not itself) at about this moment.
[[nodiscard]] std::vector<pid_t> family_of(pid_t keeper);

/// Whether `tid` is a thread of a process below `keeper`, by its ancestors.
[[nodiscard]] bool descends_from(pid_t keeper, pid_t tid);

/// A numeric field of /proc/TID/stat, counted from 1 as proc(5) does; from 4
/// on. Nothing when the thread is gone.
[[nodiscard]] std::optional<std::uint64_t> stat_field(pid_t tid, int number);

/// What a thread is doing.
enum class whereabouts {
  gone,
  running, ///< on a CPU, in the kernel or not
  in_call, ///< waits in system call `number`
  /// Waits in vfork(2), or clone(2) with CLONE_VFORK, for a child that is
  /// there. (Not known where the kernel does not tell what a thread sleeps in;
  /// then it is `in_call`.)
  in_vfork,
  elsewhere,
};

/// Whether thread `tid` is inside system call `number`.
[[nodiscard]] whereabouts find_thread(pid_t tid, int number);

} // namespace cordon::process
