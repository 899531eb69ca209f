// ERRANDS: what only a thread itself can do, done by it at its keeper's word.
// Part of CHROOT's state.
//
//   chdir:  opened ─► keeper holds the thread ─► given the fd ─► goes there
//   O_PATH: pinned ─► held ─► given a socket in which the fd waits ─► takes it
#pragma once

#include "actors/subsystem.hpp"
#include "core/notify/calls.hpp"
#include "core/process/keeper.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>

namespace cordon::actors {

/// Ways to the keeper. Each returns whether the request was sent.
struct errand_ways {
  /// Asks for the thread to be held at the end of its call; `held` follows.
  std::function<bool(pid_t)> hold;
  /// Sends a held thread on an errand with one of its fds; -1: just lets it go.
  std::function<bool(pid_t, process::keeper::errand, int number)> send;
};

class errands {
public:
  /// What the caller gets when its thread cannot be held, because somebody
  /// else traces it.
  using otherwise = std::function<answer()>;

  errands(std::shared_ptr<notify::calls> kernel, errand_ways keeper)
      : kernel_(std::move(kernel))
      , keeper_(std::move(keeper)) {
  }

  using kind = process::keeper::errand;

  /// Whether others have to end first. Who may send somebody on one then says
  /// how to begin anew: nothing is held for callers that are many.
  [[nodiscard]] bool is_full() const noexcept {
    return under_way_.size() >= most_at_once || !waiting_.empty();
  }
  void wait(std::function<void()> begin) {
    waiting_.push_back(std::move(begin));
  }

  /// The caller does that with `fd`. One that was opened with O_PATH it has to
  /// take; any other is given to it.
  void start(owed call, kind what, unique_fd fd, otherwise instead = {});
  /// The keeper holds a thread, or cannot (an errno).
  void held(pid_t tid, int error);
  /// Forgets the calls it owes answers to.
  void let_go() {
    under_way_.clear();
    waiting_.clear();
  }

private:
  /// Fewer than the keeper can hold, and than its socket takes at once.
  static constexpr std::size_t most_at_once = 64;

  struct each {
    owed call;
    kind what;
    unique_fd fd;
    otherwise instead;
  };

  void begin_waiting();
  void send_on(const each& one);
  [[nodiscard]] int give_socket(const each& one);

  std::shared_ptr<notify::calls> kernel_;
  errand_ways keeper_;
  std::unordered_map<pid_t, each> under_way_; ///< by thread
  std::deque<std::function<void()>> waiting_;
};

} // namespace cordon::actors
