// Status boards, for people and as JSON. Every byte of theirs is escaped.
#pragma once

#include "core/status/board_view.hpp"
#include "core/status/registry.hpp"

#include <string>
#include <vector>

namespace cordon::cli {

/// The table of `ps`. `now`: seconds since 1970.
[[nodiscard]] std::string
table_of(const std::vector<status::sandbox_entry>& all, std::int64_t now);
[[nodiscard]] std::string
json_of(const std::vector<status::sandbox_entry>& all);

/// "name: x", "command: …": the head of `inspect` and `stats`.
[[nodiscard]] std::string identity_text(const status::snapshot& seen);

/// All figures and the last denials.
[[nodiscard]] std::string stats_text(const status::snapshot& seen);
[[nodiscard]] std::string stats_json(const status::snapshot& seen);

/// "5s", "12m", "3h4m", "2d3h".
[[nodiscard]] std::string age(std::int64_t seconds);

/// Processes that the run has: counted now where /proc tells, else when the
/// supervisor last counted.
[[nodiscard]] std::uint64_t processes_of(const status::snapshot& seen);

} // namespace cordon::cli
