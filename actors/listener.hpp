// LISTENER: every trapped call comes here and gets exactly one answer.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/lane.hpp"
#include "actors/repair.hpp"
#include "core/notify/calls.hpp"

#include <array>
#include <functional>
#include <vector>

namespace cordon::actors {

/// Who answers what. An empty handle means that nobody does: the row's own end.
struct routes {
  path_actor metadata;
  process_actor processes;
};

/// What the listener tells the sandbox.
struct listener_reports {
  /// A call was refused by policy.
  std::function<void(const notify::request&, const answer&)> refused;
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

  /// Receives everything that waits, then has it answered. Returns false when
  /// nobody uses the filter any more.
  bool receive_all(const std::shared_ptr<notify::calls>& kernel,
                   std::uint32_t epoll_events);
  /// Answers a call that was received.
  void take(const trapped_ptr& call);

private:
  void let_trace(const trapped_ptr& call);
  template <class Handle, class Message>
  void ask(const Handle& whom, const trapped_ptr& call,
           const request_ptr& request);
  void carry_out(const trapped_ptr& call, const notify::request& request,
                 const answer& said);
  void give_up(const trapped_ptr& call, const caf::error& why);

  routes routes_;
  listener_reports reports_;
  repair repair_;
  std::vector<trapped_ptr> received_;
};

} // namespace cordon::actors
