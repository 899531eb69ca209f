// The terminal of an interactive run: whose turn it is, and how it was left.
#pragma once

#include <sys/types.h>
#include <termios.h>

namespace cordon::keeper {

/// A run is interactive when stdin, stdout and stderr are one terminal whose
/// foreground group is ours. Then the child gets a group of its own and the
/// foreground; otherwise it stays in our group (so that pipelines and their
/// signals work as without cordon) and this class does nothing.
class terminal {
public:
  /// Looks, and remembers the terminal's modes. `may_be`: a run that shall
  /// leave the terminal alone is never interactive.
  explicit terminal(bool may_be) noexcept;

  [[nodiscard]] bool interactive() const noexcept {
    return interactive_;
  }

  /// The child was stopped: its modes are remembered, ours come back, and the
  /// foreground too.
  void child_stopped() noexcept;
  /// The child goes on: if the shell gave us the foreground again, the child
  /// gets it, and its modes.
  void child_continues(pid_t child) noexcept;
  /// The run is over. Modes come back only when the program was cut off
  /// (a program that ends by itself may have changed them on purpose: stty).
  void run_ended(bool cut_off) noexcept;

private:
  void take_back() noexcept;

  bool interactive_ = false;
  pid_t own_group_ = 0;
  termios before_{};
  termios childs_{};
  bool has_childs_ = false;
};

} // namespace cordon::keeper
