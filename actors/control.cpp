#include "actors/control.hpp"

#include <signal.h>

#include <cerrno>

namespace cordon::actors {

control::control(caf::actor_config& config, lane_ptr home, controls what)
    : pinned(config, std::move(home))
    , what_(std::move(what)) {
}

void control::serve(const visit& from) {
  using status::control::what;
  const int client = from.client->get();
  const auto& asked = from.asked;
  switch (static_cast<what>(asked.what)) {
  case what::ping:
    return status::send_reply(client, 0);
  case what::signal:
    return status::send_reply(client,
                              asked.argument > 0 && asked.argument < NSIG
                                  ? what_.signal(asked.argument)
                                  : EINVAL);
  case what::end:
    return status::send_reply(client, what_.end());
  case what::policy_text:
    return status::send_reply(client, 0, what_.policy_text);
  case what::policy_toml:
    return status::send_reply(client, 0, what_.policy_toml);
  }
  status::send_reply(client, ENOSYS);
}

control::behavior_type control::make_behavior() {
  return {[this](const visit& from) { serve(from); }};
}

} // namespace cordon::actors
