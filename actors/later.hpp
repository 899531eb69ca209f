// LATER: answers that come when work is done that blocks by its nature.
//
// The work is done on helper threads (core/process/helpers.hpp), so the lane
// goes on. While any is in flight the lane looks every 20 ms whether its caller
// is to be interrupted, as the kernel's own call would be; a caller that has
// gone breaks its work off at once. Part of an actor's state: its functions are
// called on its lane.
#pragma once

#include "actors/lane.hpp"
#include "core/notify/calls.hpp"
#include "core/notify/request.hpp"
#include "core/process/helpers.hpp"

#include <functional>
#include <memory>

namespace cordon::actors {

class later {
public:
  /// How work ended: 0 or an errno, and whether it was broken off because a
  /// signal waits for the caller.
  using then = std::function<void(int error, bool signalled)>;
  /// Whether a signal waits that would interrupt a thread.
  using look = std::function<bool(pid_t tid)>;

  /// Throws std::system_error when the process has no fds left. `is_signalled`:
  /// process::is_signalled, but in tests.
  later(lane_ptr home, std::shared_ptr<notify::calls> kernel);
  later(lane_ptr home, std::shared_ptr<notify::calls> kernel,
        look is_signalled);
  later(const later&) = delete;
  later& operator=(const later&) = delete;
  /// Breaks everything off; nobody is told.
  ~later();

  /// Has `what` done for the caller of `whose`, then calls `told`. False when
  /// too many wait: nothing happens then.
  [[nodiscard]] bool start(const notify::request& whose,
                           process::helpers::work what, then told);

  /// How many are in flight.
  [[nodiscard]] std::size_t in_flight() const noexcept;

private:
  class state;
  std::shared_ptr<state> state_;
};

} // namespace cordon::actors
