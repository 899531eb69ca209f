// Where a path leads, all links followed.
#pragma once

#include <optional>
#include <string>

namespace cordon {

/// The path without links, "." and "..". None when it leads nowhere, or we may
/// not look.
[[nodiscard]] std::optional<std::string>
canonical_path(const std::string& path);

} // namespace cordon
