// What the actors that answer trapped calls have in common.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/lane.hpp"

#include <utility>

namespace cordon::actors {

/// A call that will be answered after the handler has returned.
class owed {
public:
  owed(listener_actor to, call_ptr about)
      : to_(std::move(to))
      , call_(std::move(about)) {
  }

  [[nodiscard]] const notify::request& asked() const noexcept {
    return call_->asked();
  }
  /// Once; what comes later is ignored by the listener.
  void deliver(answer said) const {
    caf::anon_send(to_, answered{call_, std::move(said)});
  }

private:
  listener_actor to_;
  call_ptr call_;
};

/// An actor pinned to the lane that listeners ask. Its handler for a request
/// calls `reply` or keeps what `owe` gives; a handler that throws ends the
/// actor, and with it the run.
template <class Handle>
class subsystem : public pinned<typename Handle::base> {
public:
  using pinned<typename Handle::base>::pinned;

protected:
  /// Inside the handler of the request about `call` only.
  void reply(const call_ptr& call, answer said) {
    this->send(asker(), answered{call, std::move(said)});
  }
  /// The same: whom to answer later.
  [[nodiscard]] owed owe(const call_ptr& call) {
    return {asker(), call};
  }

private:
  [[nodiscard]] listener_actor asker() {
    return caf::actor_cast<listener_actor>(this->current_sender());
  }
};

} // namespace cordon::actors
