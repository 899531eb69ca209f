// What is needed to start one confined program; everything is prepared before
// the keeper or exec, so that nothing has to be worked out in the child.
#pragma once

#include "core/base/unique_fd.hpp"
#include "core/seccomp/program.hpp"

#include <signal.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cordon::process {

/// The one uid and gid a user namespace shows to the program.
struct id_map {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};

/// A file descriptor for the program: `source` here arrives as `target` there.
/// 0, 1 and 2 arrive by themselves unless another takes their place.
struct granted_fd {
  int source = -1;
  int target = -1;
};

/// One confined program. Strings are passed to the kernel as they are and may
/// not hold NUL bytes (start() refuses them with EINVAL).
struct launch {
  /// Paths to try in order, as execvp(3) does with PATH; see resolve_program.
  std::vector<std::string> candidates;
  std::vector<std::string> argv; ///< at least one
  std::vector<std::string> env;  ///< NAME=VALUE
  std::string cwd;               ///< empty: the caller's
  /// The one file that may be run, when the supervisor answers for paths
  /// (core/exec/name_page.hpp); empty: candidates are what the kernel runs.
  std::string stub;
  unique_fd directory; ///< where it starts, in place of `cwd`
  unique_fd ruleset;   ///< the Landlock ruleset; required
  /// Enforced on the thread that starts the keeper, and so on all below; none:
  /// that thread gets a domain that scopes signals only.
  unique_fd lane_ruleset;
  seccomp::program policy_filter; ///< filter b; may be empty
  /// The filter traps calls: the keeper hands a listener over.
  bool traps = false;
  std::vector<int> trapped; ///< numbers of calls that may be trapped
  /// Landlock can scope signals (ABI 6+): one kill(-1) ends the tree. Below
  /// that the keeper stops, walks and kills.
  bool signal_scope = true;
  std::optional<std::uint64_t> max_open_files;
  bool no_coredump = false;
  bool no_huge_pages = false;
  bool no_randomize_memory = false;
  std::vector<std::uint32_t> cpu_cores; ///< empty: not restricted
  std::optional<id_map> user;
  std::chrono::milliseconds timeout{0}; ///< 0: none
  std::vector<granted_fd> fds;
  /// Signal mask the program starts with (the caller's own, as a rule).
  sigset_t mask{};
  /// Bits 0…2: these were closed when the caller started, and stay closed.
  unsigned closed_stdio = 0;
  /// The program starts with every signal at its default, whatever the caller
  /// ignores.
  bool default_signals = false;
  /// The run never takes the terminal's foreground.
  bool leave_terminal = false;
  /// Report when the program has been executed.
  bool tell_running = false;
  /// The calling process has other children too: below ABI 6, where the tree of
  /// a keeper that died can only be told by descent, they must not be taken for
  /// it.
  bool has_siblings = false;
};

/// Candidates for `program` as execvp(3) makes them: itself when it has a
/// slash, else one for each entry of `path` (PATH of the program's
/// environment; an empty entry is the current directory).
[[nodiscard]] std::vector<std::string>
resolve_program(const std::string& program, const std::string& path);

/// PATH of an environment (NAME=VALUE strings), or what execvp(3) takes when
/// there is none.
[[nodiscard]] std::string search_path(const std::vector<std::string>& env);

/// The step of the child's set-up that failed.
enum class stage : std::uint32_t {
  none,
  receive_plan,
  user_namespace,
  capabilities,
  no_new_privileges,
  process_group,
  core_limit,
  huge_pages,
  address_layout,
  cpu_affinity,
  working_directory,
  landlock,
  policy_filter,
  constant_filter,
  file_descriptors,
  open_files_limit,
  exec,
  fork,
  keeper_domain,
};

/// "enter the working directory", "install the constant filter", …
[[nodiscard]] const char* doing(stage failed) noexcept;

/// Why a program did not start.
struct exec_failure {
  stage failed = stage::none;
  int error = 0;
};

/// What the whole tree used, as getrusage(2) RUSAGE_CHILDREN of the keeper.
struct usage {
  std::chrono::microseconds user_cpu{0};
  std::chrono::microseconds system_cpu{0};
  std::chrono::microseconds wall{0};
  std::uint64_t max_resident_kib = 0; ///< of the largest process
};

/// How a run ended.
struct ending {
  enum class how : std::uint32_t {
    exited,       ///< `status` is the exit code
    signaled,     ///< `status` is the signal
    timed_out,    ///< the timeout ended it
    setup_failed, ///< the program never ran: `failed` and `error` say why
  };
  how kind = how::setup_failed;
  int status = 0;
  bool core_dumped = false;
  stage failed = stage::none;
  int error = 0;
  usage used;
};

} // namespace cordon::process
