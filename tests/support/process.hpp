// Running a program and reading what it says, for a bounded time.
#pragma once

#include "core/base/unique_fd.hpp"
#include "tests/support/identity.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace cordon::test {

/// How long anything may take before the test calls it hung. No test asserts a
/// duration; this only ends what would never end.
inline constexpr std::chrono::seconds patience{60};

struct command {
  std::vector<std::string> argv;
  identity as = ourselves();
  /// Added to a small fixed environment (PATH, HOME, LANG).
  std::vector<std::pair<std::string, std::string>> env = {};
  std::string input = {};
  std::string cwd = "/";
  /// Descriptors of ours, and the numbers they arrive as.
  std::vector<std::pair<int, int>> fds = {};
  /// Standard descriptors that are closed when the program starts.
  std::vector<int> closed = {};
};

struct outcome {
  bool exited = false;
  int status = -1; ///< exit status, or the signal when it did not exit
  bool hung = false;
  std::string out;
  std::string err;

  /// As a shell says it: 128 + n for a signal; -1 for a program that hung.
  [[nodiscard]] int code() const noexcept {
    return hung ? -1 : exited ? status : 128 + status;
  }
  /// The last line of standard error, without its end.
  [[nodiscard]] std::string last_error_line() const;
  [[nodiscard]] std::size_t error_lines() const;
};

/// A program that runs; killed and reaped with this object.
class running {
public:
  explicit running(const command& what);
  running(const running&) = delete;
  running& operator=(const running&) = delete;
  ~running();

  [[nodiscard]] pid_t pid() const noexcept {
    return pid_;
  }
  /// Reads standard output until it holds `text`; false when it ends first.
  bool wait_for(const std::string& text);
  void send(const std::string& text);
  void close_input();
  /// Waits for the end, reading what is left.
  outcome wait();

private:
  /// Reads what comes until the program ends or says something; false when
  /// it has ended or `patience` has.
  bool pump(std::chrono::steady_clock::time_point until);
  void drain();

  pid_t pid_ = -1;
  unique_fd pidfd_;
  unique_fd input_;
  unique_fd out_;
  unique_fd err_;
  outcome result_;
};

/// Runs to the end.
[[nodiscard]] outcome run(const command& what);

/// fork(2), for a child that becomes another program: signals sent to it act as
/// they would on that program, not on the handlers of the test framework.
[[nodiscard]] pid_t fork_for_program();

/// In a child: descriptors to their places, environment, directory, user, exec.
[[noreturn]] void become_program(const command& what);

} // namespace cordon::test
