// LISTENER: every trapped call comes here and gets exactly one answer.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/lane.hpp"
#include "actors/repair.hpp"
#include "actors/routes.hpp"
#include "core/notify/calls.hpp"

#include <functional>
#include <vector>

namespace cordon::actors {

/// A call that was answered.
struct outcome {
  const notify::request& asked;
  const answer& said;
  /// false: the caller had gone.
  bool delivered;
  /// From RECV to SEND.
  std::chrono::nanoseconds took;
};

/// What the listener tells the sandbox.
struct listener_reports {
  /// A call was answered. On the hot path: quick, and it must not throw.
  std::function<void(const outcome&)> answered;
  /// A subsystem failed: no call can be trusted to it any more.
  std::function<void(std::string why)> failed;
};

class listener final : public pinned<listener_actor::base> {
public:
  listener(caf::actor_config& config, lane_ptr home, routes to,
           listener_reports reports, tracing keeper);

  behavior_type make_behavior() override;

  // As a CAF broker is called by its multiplexer, so this actor by its lane,
  // between messages: a mailbox of its own would cost a tenth of a call.

  /// Receives what waits, then has it answered. Returns false when nobody uses
  /// the filter any more.
  bool receive_all(const std::shared_ptr<notify::calls>& kernel,
                   std::uint32_t epoll_events);
  /// Has a call answered that was received.
  void take(notify::notification received, call::clock::time_point at);
  /// The keeper was asked to trace this thread before there was a listener.
  void asked_already(pid_t tid) {
    repair_.asked_already(tid);
  }

  /// The keeper holds a thread, or cannot (an errno). False: not for us.
  bool held(pid_t tid, int error) {
    return repair_.held(tid, error);
  }

private:
  void have_answered(const syscall::trap_row& row,
                     notify::notification received, call::clock::time_point at);
  void let_trace(notify::notification received);
  void go_on(const call_ptr& about);
  void take_answer(const answered& reply);
  bool send(call& about, const answer& said);
  void finish(const call_ptr& about, const answer& said);
  void lost(const caf::down_msg& down);

  routes routes_;
  listener_reports reports_;
  repair repair_;
  std::vector<seccomp_notif> received_;
  std::vector<call_ptr> in_flight_;
  std::uint32_t last_caller_ = 0;
  bool broken_ = false; ///< a subsystem is lost
};

} // namespace cordon::actors
