// Which threads the keeper should trace so that no signal breaks their trapped
// calls (core/keeper/repair.hpp). Part of the listener's state.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <unordered_map>

namespace cordon::actors {

/// Ways to the keeper. Each returns whether the request was sent; the keeper
/// says afterwards what became of it.
struct tracing {
  std::function<bool(pid_t)> trace;
  std::function<bool(pid_t)> release;
  std::function<bool(pid_t)> interrupts = {};
  /// Lets a thread go that waits for its answer, and has it make its call again
  /// then; the keeper says whether it will.
  std::function<bool(pid_t)> again = {};
};

class repair {
public:
  using clock = std::chrono::steady_clock;
  using continuation = std::function<void()>;

  explicit repair(tracing keeper)
      : keeper_(std::move(keeper)) {
  }

  /// A program begins in this thread. As long as all its calls come from one
  /// place that is its loader, and nobody looks for handlers.
  void begins(pid_t tid, clock::time_point now);
  /// A call of this thread, made at `place` in its memory, was received at
  /// `now`. Has the thread traced when it catches signals: a handler is what
  /// makes an interrupted call fail. True when the keeper was asked and has not
  /// said yet that it does: answered before that, the thread's next call could
  /// still be broken.
  [[nodiscard]] bool must_wait(pid_t tid, std::uint64_t place,
                               clock::time_point now);
  /// A call of this thread has got its answer: the time to look at those that
  /// were looked at before, as nobody waits.
  void was_answered(pid_t tid, clock::time_point now);
  /// Calls `then` when the keeper has said so. One a thread.
  void wait(pid_t tid, continuation then);

  /// The keeper was asked to trace this thread before we came.
  void asked_already(pid_t tid);
  /// The keeper traces the thread.
  void traced(pid_t tid);
  /// The keeper let the thread go, or it is gone, or could not be traced.
  void untraced(pid_t tid);
  [[nodiscard]] bool traces(pid_t tid) const;
  /// This thread is about to be told that a signal interrupts its call.
  void interrupts(pid_t tid) const;
  /// Somebody inside wants to trace `tid`: has it let go, never to be traced
  /// by us again, and calls `then` when it is free (at once when it is).
  void make_room(pid_t tid, continuation then);

  /// A traced thread asks to be traced by its parent: it will be let go, and
  /// ask again, when it has got an answer, which it may when `then` is called.
  [[nodiscard]] bool make_room_for_parent(pid_t tid, continuation then);
  /// The keeper holds a thread, or cannot. False: that was not for us.
  bool held(pid_t tid, int error);

private:
  enum class state : std::uint8_t { not_traced, asked, traced };
  struct thread {
    std::uint32_t calls = 0;
    clock::time_point looked_at{};
    std::uint64_t loader = 0; ///< where it makes its calls, when known
    bool loads = false;
    state now = state::not_traced;
    bool given_up = false;
    bool could_not = false; ///< the keeper was asked, and could not
    continuation when_told; ///< a call waits for the keeper's word
    continuation when_free;
    continuation when_held; ///< it asked to be let go
  };

  static bool is_loading(thread& it, std::uint64_t place,
                         clock::time_point now);
  static bool was_looked_at(const thread& it, clock::time_point now);
  bool look(pid_t tid, thread& it, clock::time_point now);
  void forget_some();

  tracing keeper_;
  std::unordered_map<pid_t, thread> threads_;
  pid_t overdue_ = 0; ///< to be looked at when it has its answer
};

} // namespace cordon::actors
