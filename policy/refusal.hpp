// Why a trapped call was refused, in words: the rule that decided and the
// option that would allow it.
#pragma once

#include "core/syscall/operations.hpp"
#include "policy/profile.hpp"

#include <cstdint>
#include <string>

namespace cordon::policy {

struct refusal {
  std::string rule;
  std::string remedy;
};

/// `about`: the path, or the resource, that the call was about. Printable.
[[nodiscard]] refusal why_refused(const profile& p, syscall::operation op,
                                  const std::string& about);

/// The same for whoever has not the profile: `limit` of processes, 0 for none,
/// and what set it.
[[nodiscard]] refusal why_refused(syscall::operation op,
                                  const std::string& about, std::uint64_t limit,
                                  const origin& limit_from
                                  = "the limit of the run");

} // namespace cordon::policy
