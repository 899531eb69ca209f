// A program on a pseudo terminal, and the person in front of it.
#pragma once

#include "tests/support/process.hpp"

#include <termios.h>

#include <string>

namespace cordon::test {

class terminal {
public:
  /// Starts the program as the leader of a session whose terminal is a new one
  /// of 24 rows and 80 columns. (`fds`, `closed` and `input` are not used.)
  explicit terminal(const command& what);
  terminal(const terminal&) = delete;
  terminal& operator=(const terminal&) = delete;
  ~terminal();

  [[nodiscard]] pid_t pid() const noexcept {
    return pid_;
  }
  /// Reads the screen until it has shown `text` after the last text waited
  /// for.
  bool wait_for(const std::string& text);
  /// Presses keys.
  void type(const std::string& keys);
  void resize(unsigned short rows, unsigned short columns);
  /// The process group that has the terminal.
  [[nodiscard]] pid_t foreground() const;
  [[nodiscard]] termios modes() const;
  /// Bytes typed, or put in by a program, that nobody has read.
  [[nodiscard]] int unread() const;
  /// Waits for the leader's end; its exit status as a shell says it.
  int wait();
  /// All that was shown.
  [[nodiscard]] const std::string& screen() const noexcept {
    return screen_;
  }

private:
  bool read_more(int milliseconds);

  unique_fd master_;
  unique_fd slave_; ///< keeps the terminal alive after its session
  pid_t pid_ = -1;
  std::string screen_;
  std::size_t seen_ = 0;
};

} // namespace cordon::test
