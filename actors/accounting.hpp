// ACCOUNTING: who is in the sandbox, and whether one more may be.
#pragma once

#include "actors/subsystem.hpp"
#include "core/notify/calls.hpp"
#include "core/process/dumpable.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

namespace cordon::actors {

class accounting final : public subsystem<process_actor> {
public:
  /// `keeper`: the root of the tree. `limit`: processes at once, the first
  /// included; 0: not limited. `counted`: told of each count.
  accounting(caf::actor_config& config, lane_ptr home,
             std::shared_ptr<notify::calls> kernel, pid_t keeper,
             std::uint64_t limit,
             std::function<void(std::size_t)> counted = {});

  behavior_type make_behavior() override;

private:
  using clock = lane::clock;

  /// A fork that was let pass: its caller may still be inside the call, its
  /// child not be there yet.
  struct in_flight {
    pid_t tid;
    int number;
    /// Its time in user mode when it was first seen running.
    std::optional<std::uint64_t> user_time = {};
  };
  /// A fork that waits until the others have settled.
  struct waiting {
    owed call;
    clock::time_point give_up;
  };

  void handle(const call_ptr& call);
  void fork(const call_ptr& call);
  answer dumpable(const notify::request& asked);
  answer admit(const notify::request& asked);
  void recount();
  void settle();
  [[nodiscard]] static bool has_left(in_flight& each);
  void look_again();
  void look_later();

  std::shared_ptr<notify::calls> kernel_;
  pid_t keeper_;
  std::uint64_t limit_;
  std::function<void(std::size_t)> counted_;
  /// At least as many processes as there are: counted once, plus every fork
  /// since. Exits are noticed by the next count only.
  std::uint64_t at_most_ = 1;
  std::vector<in_flight> passed_;
  std::vector<waiting> waiting_;
  bool timer_runs_ = false;
  process::dumpable_flags flags_;
};

} // namespace cordon::actors
