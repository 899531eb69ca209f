// The supervisor's side of a running program.
#pragma once

#include "core/process/keeper.hpp"

#include <functional>
#include <optional>

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

/// Signals that were sent to cordon go to the program; those the terminal made
/// it has had already.
void pass_signals(process::keeper& keeper, int signals);

/// Takes what the keeper reports. The run's end when it is over; nothing
/// otherwise. When the program is stopped, cordon stops too, so that the
/// shell's job control works. `listener` gets the listener when it comes,
/// `tracing` each thread that the keeper traces now, or no longer.
[[nodiscard]] std::optional<result<process::ending>>
take_event(process::keeper& keeper, unique_fd* listener = nullptr,
           const std::function<void(pid_t, bool)>& tracing = {});

/// Waits until the run is over. `on_trap` is called once, with the listener,
/// when the first trapped call waits; an error it returns ends the run.
[[nodiscard]] result<process::ending>
supervise(process::keeper& keeper, const signal_watch& signals,
          const std::function<error(unique_fd listener)>& on_trap);

} // namespace cordon::cli
