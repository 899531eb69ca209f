#include "actors/watcher.hpp"

#include "actors/lane_run.hpp"

namespace cordon::actors {

void watcher(caf::blocking_actor* self, const sandbox_actor& owner,
             const run_request_ptr& request, const leash_ptr& leash) {
  const run_events tell{
      [&](process::remote_control with) {
        self->send(owner, started_atom_v,
                   control_ptr(std::make_shared<const process::remote_control>(
                       std::move(with))));
      },
      [&](pipe_ends ends) {
        self->send(owner, running_atom_v,
                   std::make_shared<pipe_ends>(std::move(ends)));
      },
      [&](const denial& what) { self->send(owner, what); },
      [&](presence_ptr what) {
        self->send(owner, published_atom_v, std::move(what));
      }};
  auto end = run_on_this_thread(
      *request, leash->get(), tell,
      [&]() -> caf::actor_system& { return self->system(); });
  if (!end)
    self->send(owner, failed_atom_v, end.error());
  else
    self->send(
        owner, ended_atom_v,
        run_result_ptr(std::make_shared<const run_result>(std::move(*end))));
}

} // namespace cordon::actors
