// Which threads the keeper should trace so that no signal breaks their trapped
// calls (core/keeper/repair.hpp). Part of the listener's state.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <unordered_map>

namespace cordon::actors {

/// Ways to the keeper. Each returns whether the request was sent.
struct tracing {
  std::function<bool(pid_t)> trace;
  std::function<bool(pid_t)> release;
};

class repair {
public:
  explicit repair(tracing keeper)
      : keeper_(std::move(keeper)) {
  }

  /// A call of this thread was received. Has it traced when it catches
  /// signals: a handler is what makes an interrupted call fail.
  void saw(pid_t tid);
  /// The keeper was asked to trace this thread before we came.
  void traced_already(pid_t tid);
  /// The keeper let the thread go, or it is gone, or could not be traced.
  void untraced(pid_t tid);
  [[nodiscard]] bool traces(pid_t tid) const;
  /// Somebody inside wants to trace `tid`: has it let go, never to be traced
  /// by us again, and calls `then` when it is free (at once when it is).
  void make_room(pid_t tid, std::function<void()> then);

private:
  struct thread {
    std::uint32_t calls = 0;
    bool traced = false;
    bool given_up = false;
    std::function<void()> when_free;
  };

  void forget_some();

  tracing keeper_;
  std::unordered_map<pid_t, thread> threads_;
};

} // namespace cordon::actors
