// From a process to a confined program. Runs in the keeper's child, and in the
// process itself under --no-supervisor.
//
// Everything here is async-signal-safe: no allocation, no locks, system calls
// only.
#pragma once

#include "core/process/launch.hpp"

#include <linux/filter.h>

#include <cstdint>
#include <span>

namespace cordon::process {

/// What child and keeper tell each other through shared memory while they
/// share one table of file descriptors: no call that the policy might trap is
/// needed to hand the listener over.
struct listener_words {
  /// The listener's number plus one; 0: not installed yet.
  std::uint32_t number;
  /// 1 when the child has a table of its own.
  std::uint32_t parted;
  /// 1 when the keeper has done what it does before the program runs.
  std::uint32_t watched;
};

/// A launch with everything laid out for the child: pointers into memory that
/// was prepared before the fork.
struct prepared {
  std::span<const char* const> candidates;
  /// One slot before argv[0] is free, for "/bin/sh script".
  char** argv;
  char** env;
  const char* cwd = nullptr;  ///< nullptr: stay
  const char* stub = nullptr; ///< launch::stub; nullptr: none
  int directory = -1;         ///< where it starts instead of `cwd`; -1: none
  int ruleset = -1;
  std::span<const sock_filter> policy_filter;
  bool no_coredump = false;
  bool no_huge_pages = false;
  bool no_randomize_memory = false;
  bool has_open_files = false;
  bool has_user = false;
  bool capabilities_gone = false; ///< the parent dropped them before the fork
  bool own_foreground_group = false; ///< take the terminal's foreground
  bool ignore_sigchld = false;
  std::uint64_t open_files = 0;
  id_map user{};
  std::span<const std::uint64_t> cores; ///< mask words; empty: as it is
  std::span<int> fd_sources;            ///< changed while they are placed
  std::span<const std::int32_t> fd_targets;
  std::uint64_t signal_mask = 0;
  unsigned closed_stdio = 0;
  /// Where the listener's number goes; null: the policy filter traps nothing.
  listener_words* listener = nullptr;
  /// Kept open until exec, possibly under another number; -1: none.
  int failure_pipe = -1;
};

/// Confines and execs. Returns only when a step failed.
exec_failure confine_and_exec(prepared& p) noexcept;

} // namespace cordon::process
