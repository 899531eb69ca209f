// From the front, which starts a run, to the lane program, which answers its
// trapped calls. A run that never traps never loads it.
#pragma once

#include "cli/finish.hpp"
#include "core/base/result.hpp"
#include "core/process/keeper.hpp"
#include "core/sockets/rules.hpp"
#include "core/status/presence.hpp"
#include "policy/mirror.hpp"

#include <linux/seccomp.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cordon::cli {

/// A run in progress. The fds are numbers in the process, which stays the same.
struct handover {
  run_label label;
  int listener = -1; ///< -1: it has not come yet, or never will
  int signals = -1;  ///< of signal_watch
  process::keeper::hold keeper;
  std::vector<std::string> write_paths;
  std::uint64_t max_processes = 0;
  sockets::rules sockets;
  /// The view the run is shown, for who answers its calls about paths.
  std::optional<policy::mirror_spec> mirror;
  /// With a mirror: the path of the one file that the kernel may run.
  std::string stub;
  /// The call that brought this about, received already: from then on no
  /// signal can break it. Empty when it went away.
  std::optional<seccomp_notif> first;
  bool asked_to_trace_first = false; ///< the keeper, its thread
  /// The run's board and endpoint; none: it has none.
  std::optional<status::presence::hold> presence;
  int audit = -1; ///< the file of --audit; -1: none
  std::string policy_text;
  std::string policy_toml;
};

/// Becomes the lane program `lane` with what `run` says. The calling thread's
/// Landlock domain and empty capability sets go on. Returns only on failure.
[[nodiscard]] error become_lane(const handover& run, const std::string& lane);

/// Reads what the front left in `fd`. Fails with EPROTO when that is not a
/// handover of this version.
[[nodiscard]] result<handover> read_handover(int fd);

} // namespace cordon::cli
