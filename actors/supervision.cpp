#include "actors/supervision.hpp"

#include "actors/accounting.hpp"
#include "actors/metadata.hpp"

namespace cordon::actors {

supervision::supervision(lane_ptr home, unique_fd listener,
                         const supervision_plan& plan, listener_reports reports,
                         tracing keeper)
    : home_(std::move(home))
    , kernel_(std::make_shared<notify::kernel_calls>(std::move(listener))) {
  cordon::metadata::write_roots roots;
  for (const auto& path : plan.write_paths)
    roots.add(path);
  routes_.metadata
      = spawn_on<actors::metadata>(home_, kernel_, std::move(roots));
  routes_.processes
      = spawn_on<accounting>(home_, kernel_, plan.keeper, plan.max_processes);
  listener_ = spawn_on<actors::listener>(home_, routes_, std::move(reports),
                                         std::move(keeper));
  // Spawned by us, on this lane: it is what we made.
  impl_ = static_cast<actors::listener*>(
      caf::actor_cast<caf::abstract_actor*>(listener_));
  home_->watch(kernel_->fd(), [this](std::uint32_t events) {
    if (!impl_->receive_all(kernel_, events))
      home_->unwatch(kernel_->fd());
  });
}

void supervision::answer(const seccomp_notif& received, bool traced) {
  if (traced)
    caf::anon_send(listener_, traced_atom_v,
                   static_cast<std::int32_t>(received.pid));
  impl_->take(std::make_shared<notify::notification>(kernel_, received));
}

void supervision::untraced(pid_t tid) {
  caf::anon_send(listener_, untraced_atom_v, static_cast<std::int32_t>(tid));
}

supervision::~supervision() {
  home_->unwatch(kernel_->fd());
  for (const auto& each : {caf::actor_cast<caf::actor>(listener_),
                           caf::actor_cast<caf::actor>(routes_.metadata),
                           caf::actor_cast<caf::actor>(routes_.processes)})
    caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
  home_->work();
}

} // namespace cordon::actors
