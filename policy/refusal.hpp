// Why a trapped call was refused, in words: the rule that decided and the
// option that would allow it.
#pragma once

#include "core/syscall/operations.hpp"
#include "policy/profile.hpp"

#include <string>

namespace cordon::policy {

struct refusal {
  std::string rule;
  std::string remedy;
};

/// `about`: the path, or the resource, that the call was about. Printable.
[[nodiscard]] refusal why_refused(const profile& p, syscall::operation op,
                                  const std::string& about);

} // namespace cordon::policy
