// The dumpable flag (prctl PR_SET_DUMPABLE), remembered instead of set: an
// unprivileged supervisor could not look at a target that hides its memory.
#pragma once

#include "core/notify/request.hpp"

#include <cstdint>
#include <map>
#include <utility>

namespace cordon::process {

/// As the kernel keeps it: a flag of the memory, so that fork hands it on and
/// exec resets it to 1.
class dumpable_flags {
public:
  /// Answers PR_SET_DUMPABLE (3: get, 4: set). The return value of the call;
  /// negative: an errno. Reads /proc by thread id: believe it only when the
  /// notification is still valid afterwards.
  [[nodiscard]] std::int64_t handle(const notify::request& asked);

private:
  /// A process and where its stack starts. The latter is random and fresh at
  /// every exec, and the same after a fork.
  using memory = std::pair<pid_t, std::uint64_t>;
  [[nodiscard]] std::int64_t find(memory of) const;
  void forget_the_dead();

  std::map<memory, int> set_;
};

} // namespace cordon::process
