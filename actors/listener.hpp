// LISTENER: every trapped call comes here and gets exactly one answer.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/lane.hpp"
#include "actors/repair.hpp"
#include "core/notify/calls.hpp"

#include <array>
#include <functional>

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

private:
  void take(const trapped_ptr& call);
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
};

/// Hands a call in that was received.
void hand_in(const std::shared_ptr<notify::calls>& kernel,
             const listener_actor& to, const seccomp_notif& raw);

/// Receives everything that waits and hands it to `to`; the lane's handler of
/// the listener fd. Returns false when nobody uses the filter any more.
bool receive_all(const std::shared_ptr<notify::calls>& kernel,
                 const listener_actor& to, std::uint32_t epoll_events);

} // namespace cordon::actors
