// EXECS: programs started in a view. Part of CHROOT's state.
//
//   exec ─► found, checked, opened ─► intent ─► keeper: the thread runs the
//   stub in place of its call ─► the stub greets ─► program and loader as fds
#pragma once

#include "actors/subsystem.hpp"
#include "core/exec/debugged.hpp"
#include "core/exec/intents.hpp"
#include "core/exec/overwrite.hpp"
#include "core/exec/prepare.hpp"
#include "core/notify/calls.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

namespace cordon::actors {

class execs {
public:
  /// Has a thread that waits for its answer call execve(2) with these arguments
  /// instead; `held` follows. False: there is no keeper any more.
  using run_in_thread
      = std::function<bool(pid_t tid, const std::uint64_t (&arguments)[3])>;

  /// `stub`: the path of the one file that may be run.
  execs(std::shared_ptr<notify::calls> kernel, const paths::carrier& by,
        run_in_thread keeper, std::string stub)
      : kernel_(std::move(kernel))
      , preparer_(by)
      , keeper_(std::move(keeper))
      , stub_(std::move(stub)) {
  }

  /// Fewer than the keeper can hold, and than its socket takes at once.
  static constexpr std::size_t most_at_once = 64;

  /// Answers a call of the exec family, sooner or later.
  void take(owed call);
  /// A thread makes a call: what it has left of an exec that failed late is put
  /// right.
  void seen(pid_t tid) {
    if (!overwritten_.empty())
      put_back(tid, tid);
  }
  /// The keeper will have the thread run the stub, or cannot (an errno). False:
  /// it is not about an exec.
  bool held(pid_t tid, int error);
  /// Forgets the calls it owes answers to.
  void let_go() {
    asked_for_.clear();
    waiting_.clear();
  }

private:
  struct asked_for {
    owed call;
    exec::intents::key intent;
  };

  [[nodiscard]] bool greet(const owed& call);
  void start(const owed& call);
  void start_waiting();
  void start_in_place(const owed& call, pid_t process, exec::startable what,
                      bool traced);
  void put_back(pid_t of, pid_t in);

  std::shared_ptr<notify::calls> kernel_;
  exec::preparer preparer_;
  run_in_thread keeper_;
  std::string stub_;
  exec::intents intents_;
  exec::debugged debugged_;
  std::unordered_map<pid_t, asked_for> asked_for_; ///< by thread
  std::deque<owed> waiting_; ///< while the keeper has enough to do
  unique_fd stub_file_;      ///< opened when first needed
  std::unordered_map<pid_t, exec::overwritten> overwritten_; ///< by thread
};

} // namespace cordon::actors
