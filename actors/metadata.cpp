#include "actors/metadata.hpp"

#include "core/metadata/apply.hpp"
#include "core/metadata/pin.hpp"

namespace cordon::actors {

metadata::metadata(caf::actor_config& config, lane_ptr home,
                   std::shared_ptr<notify::calls> kernel,
                   cordon::metadata::write_roots roots)
    : subsystem(config, std::move(home))
    , kernel_(std::move(kernel))
    , roots_(std::move(roots)) {
}

answer metadata::change(const notify::request& wanted) {
  if (cordon::metadata::changes_nothing(wanted))
    return answer::give(0);
  const auto object = cordon::metadata::pin(wanted, fds_);
  if (!object)
    return answer::fail(object.error().code);
  if (!roots_.covers(*object))
    return answer::fail(EACCES, cordon::metadata::name_of(object->fd));
  // What was opened by thread id was the caller's only if it waits still.
  if (object->by_thread && !kernel_->valid(wanted.id))
    return answer::fail(ESRCH);
  return answer::of(cordon::metadata::apply(wanted, *object));
}

metadata::behavior_type metadata::make_behavior() {
  return {[this](const path_request& asked) {
    reply(asked.call, change(asked.call->asked()));
  }};
}

} // namespace cordon::actors
