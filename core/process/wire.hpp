// What the supervisor and its keeper say to each other: a plan in a sealed
// memfd, then fixed-size messages over a SOCK_SEQPACKET pair.
//
// Both ends come from the same build; `wire_version` catches a mismatch.
#pragma once

#include <cstdint>

namespace cordon::process::wire {

inline constexpr std::uint32_t wire_version = 8;

/// The keeper's end of the control socket.
inline constexpr int control_fd = 3;

/// A run of bytes in the plan, from its start.
struct region {
  std::uint32_t offset;
  std::uint32_t length;
};

/// A list of NUL-terminated strings, one after the other.
struct string_list {
  region bytes;
  std::uint32_t count;
};

enum plan_flag : std::uint32_t {
  signal_scope = 1U << 0,
  no_coredump = 1U << 1,
  no_huge_pages = 1U << 2,
  no_randomize_memory = 1U << 3,
  has_user = 1U << 4,
  has_open_files = 1U << 5,
  has_cores = 1U << 6,
  ignore_sigchld = 1U << 7,
  has_listener = 1U << 8,
  leave_terminal = 1U << 9,
  tell_running = 1U << 10,
  has_directory = 1U << 12, ///< an fd follows the granted ones
};

/// CPUs 0…1023, as sched_setaffinity(2) takes them.
inline constexpr unsigned max_cores = 1024;

/// Granted fds a plan can carry; SCM_RIGHTS takes 253 in all.
inline constexpr unsigned max_fds = 240;

/// The head of the plan. Everything else is reached through regions.
struct plan {
  std::uint32_t version;
  std::uint32_t size; ///< of the whole memfd
  std::uint32_t flags;
  string_list candidates;
  string_list argv;
  string_list env;
  region cwd;           ///< a string; empty: stay
  region stub;          ///< a string; empty: programs are run by name
  region policy_filter; ///< sock_filter array; may be empty
  std::uint32_t uid;
  std::uint32_t gid;
  std::uint64_t open_files;
  std::uint64_t timeout_ms; ///< 0: none
  std::uint64_t signal_mask;
  std::uint64_t cores[max_cores / 64];
  /// One bit a number: calls that the policy filter may trap.
  std::uint64_t trapped[8];
  std::uint32_t closed_stdio; ///< bits 0…2
  std::uint32_t fd_count;
  std::int32_t fd_targets[max_fds];
};

/// Sent first, by the supervisor, with SCM_RIGHTS in this order: plan memfd,
/// Landlock ruleset, pidfd of the supervisor, then the granted fds, then that
/// of the directory, as the plan's flags say.
struct greeting {
  std::uint32_t version;
  std::uint32_t fd_count; ///< all but the first three
};
inline constexpr unsigned fixed_fds = 3;
inline constexpr unsigned extra_fds = 1; ///< at most, after the granted ones

/// Supervisor to keeper.
struct command {
  /// `trace`, `release`, `interrupts`: see core/keeper/repair.hpp.
  /// `hold`, `move`, `run`, `again`: see core/keeper/redirect.hpp.
  enum kind : std::uint32_t {
    send_signal,
    end,
    trace,
    release,
    interrupts,
    hold,
    move,
    run,
    again
  };
  std::uint32_t what;
  std::int32_t signal; ///< of `move`: the thread's fd, or -1
  std::int32_t tid;    ///< of all but the first two
  /// Of `move`: what the fd is for. See core/keeper/errand.hpp.
  enum errand : std::uint32_t { go, take, take_close_on_exec, take_and_go };
  std::uint32_t how = go;
  /// Of `run`: path, argv and envp of execve(2), in the thread's memory.
  std::uint64_t exec[3] = {};
};

/// Keeper to supervisor.
struct report {
  /// `listener` comes with the fd (SCM_RIGHTS), before anything else. `running`
  /// comes when exec has succeeded, for a plan with `tell_running`.
  enum kind : std::uint32_t {
    stopped,
    continued,
    ended,
    listener,
    traced,
    untraced,
    running,
    held
  };
  std::uint32_t what;
  std::int32_t signal; ///< of `stopped`; of `(un)traced`, `held`: the thread
  // Of `ended`:
  std::uint32_t how; ///< ending::how
  std::int32_t status;
  std::uint32_t core_dumped;
  std::uint32_t failed; ///< stage
  std::int32_t error;   ///< of `held`, too
  std::uint64_t user_us;
  std::uint64_t system_us;
  std::uint64_t wall_us;
  std::uint64_t max_resident_kib;
};

/// Child to keeper, through a pipe that exec closes.
struct setup_failure {
  std::uint32_t failed; ///< stage
  std::int32_t error;
};

} // namespace cordon::process::wire
