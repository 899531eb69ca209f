// The supervisor's handle on a keeper: the small static process that starts a
// confined tree, waits for it and ends it.
//
// Preconditions: the calling thread is the one that will call `kill_tree`
// should the keeper die; `start` restricts that thread to a Landlock domain of
// its own that scopes signals (ABI 6+), for good. Not thread-safe. The keeper
// is a child of that thread, but nothing depends on its wait status: whoever
// waits for any child of the process may take it, or ignore SIGCHLD.
#pragma once

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"
#include "core/process/launch.hpp"
#include "core/process/tree_end.hpp"

#include <sys/types.h>

#include <optional>
#include <string>

namespace cordon::process {

/// What a keeper reports.
struct keeper_event {
  enum class what {
    listener,  ///< the policy filter is in place: `fd` is its listener
    running,   ///< exec has succeeded; only if `tell_running` asked for it
    held,      ///< thread `signal` is held for `move`, or `error` says why not
    traced,    ///< the keeper traces thread `signal` now
    untraced,  ///< the keeper does not trace thread `signal` (any more)
    stopped,   ///< the child was stopped by `signal` (job control)
    continued, ///< and went on
    ended,     ///< the run is over and nothing of it lives; `end` says how
    lost,      ///< the keeper died; the tree has been killed
  };
  what kind;
  int signal = 0;
  int error = 0;
  ending end;
  unique_fd fd;
};

/// Another hold on a run, for a thread that does not wait for it. Letting go
/// of it does nothing. Safe to use after the run has ended.
class remote_control {
public:
  /// Sends a signal to the child (not to its descendants).
  result<void> signal(int number) const;
  /// Ends the run.
  result<void> kill() const;

private:
  friend class keeper;
  unique_fd control_;
};

class keeper {
public:
  /// Starts `program` (the keeper's path) with posix_spawn and hands it
  /// `what`. Errors: E2BIG, EINVAL (a NUL byte, no candidate), and those of
  /// landlock_restrict_self(2) and posix_spawn(3).
  [[nodiscard]] static result<keeper> start(const launch& what,
                                            const std::string& program);

  /// A keeper as numbers, to be taken on by the program this process becomes.
  struct hold {
    int control = -1;
    pid_t pid = -1;
    bool signal_scope = false;
  };
  /// The numbers of this keeper, which goes on owning them.
  [[nodiscard]] hold numbers() const noexcept {
    return {control_.get(), pid_, signal_scope_};
  }
  /// Takes a keeper on. Precondition: the calling thread is in the domain it
  /// was started from.
  [[nodiscard]] static keeper adopt(const hold& numbers) noexcept;

  keeper(keeper&&) noexcept = default;
  keeper& operator=(keeper&&) noexcept = default;
  keeper(const keeper&) = delete;
  keeper& operator=(const keeper&) = delete;
  /// Closing the control socket ends the run: the keeper kills the tree.
  ~keeper() = default;

  /// Readable when `receive` has something.
  [[nodiscard]] int fd() const noexcept {
    return control_.get();
  }
  [[nodiscard]] pid_t pid() const noexcept {
    return pid_;
  }
  /// Whether the calling thread's domain scopes signals.
  [[nodiscard]] bool scopes_signals() const noexcept {
    return signal_scope_;
  }

  /// Sends a signal to the child (not to its descendants).
  result<void> signal(int number);
  /// Ends the run; the `ended` event follows.
  result<void> kill();
  /// Once `traced` has come, a call of this thread that a signal breaks before
  /// it was received starts again, until `untraced` comes
  /// (core/keeper/repair.hpp). Never blocks; false when the request could not
  /// be sent.
  bool trace(pid_t tid);
  /// Lets the thread go; `untraced` follows. Never blocks.
  bool release(pid_t tid);
  /// The next answer to this traced thread means that a signal interrupts its
  /// call: that is not to be repaired. Never blocks.
  bool interrupts(pid_t tid);

  /// Has a thread that waits for its answer held when it has got it; `held`
  /// follows, and then `send_thread` must. Never blocks; false when the request
  /// could not be sent.
  bool hold_thread(pid_t tid);
  /// What a held thread does with its fd `number`: see core/keeper/errand.hpp.
  enum class errand : std::uint8_t {
    go, ///< changes its directory to it, and closes it
    /// Receives the fd that waits in it, a socket, in its place.
    take,
    take_close_on_exec,
    take_and_go, ///< receives a directory so, goes there, and closes both
  };
  /// Sends it on its errand, of which its call returns the outcome; -1: lets it
  /// go as it is. Never blocks.
  bool send_thread(pid_t tid, errand on, int number);

  /// Lets a traced thread that waits for its answer go once it has got it, and
  /// has it make its call again; `held` follows, no `untraced`. Never blocks.
  bool let_go_and_repeat(pid_t tid);
  /// Has a thread that waits for its answer call execve(2) in place of its
  /// call, with these arguments (in its memory), once it has got it: `held`
  /// says whether that will be. Never blocks.
  bool run_in_thread(pid_t tid, const std::uint64_t (&arguments)[3]);

  /// A second hold, with a file descriptor of its own.
  [[nodiscard]] result<remote_control> remote() const;

  /// The next event; nothing when none is there yet. Never blocks. After
  /// `ended` or `lost` the keeper has been reaped.
  [[nodiscard]] result<std::optional<keeper_event>> receive();
  /// Blocks until the run is over.
  [[nodiscard]] result<ending> wait();

private:
  keeper() = default;
  result<void> enter_domain(const launch& what);
  void reap() const;
  bool ask(std::uint32_t what, pid_t tid, int number = 0);
  keeper_event lose();

  unique_fd control_;
  pid_t pid_ = -1;
  signal_domain domain_;
  bool signal_scope_ = false;
  bool has_siblings_ = false;
};

/// --no-supervisor: confines the calling process in the order the keeper's
/// child would and execs. Returns only on failure, with the stage that failed;
/// the process is then half confined and must exit.
[[nodiscard]] exec_failure confine_and_exec(const launch& what);

/// Where the keeper's program is: beside the running program (build tree), else
/// in its ../libexec/cordon, else the installed place.
[[nodiscard]] result<std::string> find_keeper();

/// Where the stub is that programs in a view are started through: beside the
/// keeper that was found. ENAMETOOLONG: at a path that cannot be handed on.
[[nodiscard]] result<std::string> find_stub(const std::string& keeper);

/// The same for another program of ours ("cordon-lane").
[[nodiscard]] result<std::string> find_own_program(const std::string& name);

} // namespace cordon::process
