// Handlers of trapped calls that are actors of the embedding program.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/user_handler.hpp"

namespace cordon::actors {

/// Answers a call, now or with a promise. It runs wherever its system lets it,
/// and what takes it more than 30 seconds fails with EIO. When it is gone, the
/// run ends.
using handler_actor
    = caf::typed_actor<caf::replies_to<handler_call_ptr>::with<answer>>;

/// A handler for a request.
[[nodiscard]] inline user_handler handled_by(policy::handled_call what,
                                             handler_actor whom) {
  return {what, {}, true, std::any{std::move(whom)}};
}

} // namespace cordon::actors
