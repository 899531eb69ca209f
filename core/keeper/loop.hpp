// The keeper's life after the child was started.
#pragma once

#include "core/keeper/plan_reader.hpp"
#include "core/keeper/terminal.hpp"
#include "core/process/tree_end.hpp"

#include <sys/types.h>

namespace cordon::keeper {

/// What the loop works with.
struct run {
  const received* given;
  terminal* tty;
  const process::signal_domain* domain; ///< null: stop, walk, kill
  pid_t child = -1;
  int failure_pipe = -1; ///< read end
  int signals = -1;      ///< signalfd with SIGCHLD
  timespec started{};
  bool traces = false;       ///< some thread was traced
  bool child_traced = false; ///< the child's first thread is
  int stop_signal = 0;       ///< what stopped the child; 0: it is not stopped
  bool stop_told = false;    ///< the supervisor knows
  timespec stopped{};        ///< when it was
};

/// Waits for the child, the timeout, the supervisor's wish or its death; then
/// ends the tree and reports. Returns when nothing of the sandbox lives.
void keep(run& r) noexcept;

/// Tells the supervisor that the program could not be started.
void report_failure(process::exec_failure why) noexcept;

} // namespace cordon::keeper
