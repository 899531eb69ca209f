// Who is asked about an operation, in which order.
#pragma once

#include "actors/interfaces.hpp"

#include <array>
#include <vector>

namespace cordon::actors {

/// One subsystem on a route.
struct route_stop {
  caf::strong_actor_ptr whom;
  /// Sends it the call as a message of the family it takes.
  void (*ask)(listener_actor::base& from, const caf::strong_actor_ptr& whom,
              const call_ptr& call);
};

/// The first answer other than `next` wins; where everybody says `next`, the
/// row's own end does (core/syscall/operations.hpp). Fixed before the first
/// call.
class routes {
public:
  using route = std::vector<route_stop>;

  /// Puts `whom` at the end of the route of `op`. `Family` is the message type
  /// that its handle takes.
  template <class Family, class Handle>
  void add(syscall::operation op, const Handle& whom) {
    by_operation_[static_cast<std::size_t>(op)].push_back(
        {caf::actor_cast<caf::strong_actor_ptr>(whom),
         [](listener_actor::base& from, const caf::strong_actor_ptr& to,
            const call_ptr& call) {
           from.send(caf::actor_cast<Handle>(to), Family{call});
         }});
  }

  /// Somebody on the route of `raw` wants this number, which has no row.
  void add_raw(int number) {
    raw_.push_back(number);
  }
  [[nodiscard]] bool takes_raw(int number) const noexcept;

  [[nodiscard]] const route& of(syscall::operation op) const noexcept {
    return by_operation_[static_cast<std::size_t>(op)];
  }

  /// Every subsystem, once.
  [[nodiscard]] std::vector<caf::strong_actor_ptr> everybody() const;

private:
  std::array<route, syscall::operation_count> by_operation_;
  std::vector<int> raw_; ///< few
};

} // namespace cordon::actors
