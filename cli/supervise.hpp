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
/// `threads` what is said of single threads: traced, untraced, held.
[[nodiscard]] std::optional<result<process::ending>>
take_event(process::keeper& keeper, unique_fd* listener = nullptr,
           const std::function<void(const process::keeper_event&)>& threads
           = {});

/// Who needs the lane program now.
enum class caller {
  trap,    ///< the first trapped call waits at the listener
  visitor, ///< somebody is at the control endpoint
};

/// Waits until the run is over. `become` is called when the lane program is
/// needed, with the listener if that has come yet; it returns on failure only.
/// For a trap that ends the run, for a visitor it does not. `visitors` is
/// readable when there is one; -1: never.
[[nodiscard]] result<process::ending>
supervise(process::keeper& keeper, const signal_watch& signals, int visitors,
          const std::function<error(caller, unique_fd& listener)>& become);

} // namespace cordon::cli
