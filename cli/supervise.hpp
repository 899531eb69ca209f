// The supervisor's side of a running program.
#pragma once

#include "core/process/keeper.hpp"

namespace cordon::cli {

/// Blocks the signals that `supervise` passes on, before the keeper starts, so
/// that none is lost in between. Remembers the mask that the program gets.
class signal_watch {
public:
  signal_watch();

  [[nodiscard]] const sigset_t& original_mask() const noexcept {
    return original_;
  }
  [[nodiscard]] int fd() const noexcept {
    return fd_.get();
  }

private:
  sigset_t original_{};
  unique_fd fd_;
};

/// Waits until the run is over. Signals sent to cordon go to the program;
/// those the terminal made it has had already. When the program is stopped,
/// cordon stops too, so that the shell's job control works.
[[nodiscard]] result<process::ending> supervise(process::keeper& keeper,
                                                const signal_watch& signals);

} // namespace cordon::cli
