// Explanations where the supervisor shows the file system.
#pragma once

#include "policy/explain.hpp"
#include "policy/mirror.hpp"

namespace cordon::policy {

/// As explain() for a question about a file: the path is one of the view. The
/// rule says what it leads to there, and on the host.
[[nodiscard]] verdict explain_in(const mirror& in, const file_question& asked);

} // namespace cordon::policy
