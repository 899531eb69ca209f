// The status board as its one writer has it: figures and denials of a run, in a
// file that others map (core/status/layout.hpp).
#pragma once

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"
#include "core/status/layout.hpp"

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace boost::interprocess {
class mapped_region;
}

namespace cordon::status {

/// What became of a trapped call.
enum class answer_kind : std::uint8_t {
  pass,      ///< the kernel ran it
  error,     ///< it failed with an errno
  value,     ///< it was carried out on the caller's behalf
  inject,    ///< it returned a file descriptor of ours
  interrupt, ///< it ended as a signal ends a call
  kill,      ///< the caller was killed
  gone,      ///< the caller went away before
};

/// "pass", "error", …; empty for a number that is none.
[[nodiscard]] std::string_view name_of(answer_kind kind) noexcept;

/// Who runs what.
struct run_identity {
  std::string name;
  std::string command; ///< words joined by blanks; cut to fit
  std::uint64_t policy_digest = 0;
  std::uint64_t process_limit = 0; ///< 0: none
};

/// A trapped call that was answered.
struct answered_call {
  std::size_t operation = 0; ///< a small number that stands for `name`
  std::string_view name;     ///< "chmod"; at most 23 bytes are kept
  answer_kind kind{};
  bool failed = false;  ///< with an errno
  bool refused = false; ///< by policy
  std::chrono::nanoseconds took{0};
};

/// A call that policy refused. Texts are cut to fit.
struct denied_call {
  std::string_view operation;
  pid_t tid = 0;
  int error = 0;
  std::string_view subject; ///< bytes as they are
  std::string_view rule;
  std::string_view remedy;
};

/// Everything that writes is wait-free and makes no system call but
/// clock_gettime. One thread writes at a time.
class board {
public:
  /// Makes the file `name` in `directory`, which must not have it. Its space is
  /// reserved, so that a full file system is an error here and not a signal
  /// later.
  [[nodiscard]] static result<board> create(int directory, const char* name,
                                            const run_identity& who);
  /// Goes on with a board that this process, or what it was before exec, made.
  [[nodiscard]] static result<board> adopt(unique_fd file);

  board(board&&) noexcept;
  board& operator=(board&&) noexcept;
  board(const board&) = delete;
  board& operator=(const board&) = delete;
  ~board();

  /// Before anybody can see the board: the run got another name.
  void rename(std::string_view name) noexcept;
  void keeper_started(pid_t keeper) noexcept;
  /// So many processes were counted.
  void counted(std::uint32_t processes) noexcept;
  void answered(const answered_call& call) noexcept;
  void denied(const denied_call& call) noexcept;

  [[nodiscard]] int fd() const noexcept {
    return file_.get();
  }
  [[nodiscard]] const layout::board& memory() const noexcept {
    return *at_;
  }

private:
  board(unique_fd file,
        std::unique_ptr<boost::interprocess::mapped_region> region);

  unique_fd file_;
  std::unique_ptr<boost::interprocess::mapped_region> region_;
  layout::board* at_ = nullptr;
};

} // namespace cordon::status
