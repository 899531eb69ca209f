// Files that are read whole: those of /proc.
#pragma once

#include <optional>
#include <string>

namespace cordon {

/// The bytes of a file; nothing when it cannot be opened (in /proc: the process
/// is gone).
[[nodiscard]] std::optional<std::string>
read_small_file(const std::string& path);

} // namespace cordon
