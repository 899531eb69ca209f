// Paths, as grants see them: by whole components, never by string prefix.
#pragma once

#include "policy/explain.hpp"

#include <string>
#include <string_view>

namespace cordon::policy {

/// Whether canonical `path` is `place` or lies beneath it. "/usr" covers
/// "/usr/bin", not "/usr2".
[[nodiscard]] bool covers(std::string_view place, std::string_view path);

/// The canonical path of `path`, or of its longest part that exists with the
/// rest appended. Relative paths that do not exist at all stay as they are.
[[nodiscard]] std::string settle(const file_lookup& files,
                                 const std::string& path);

/// The directory of a canonical path; "/" for "/".
[[nodiscard]] std::string parent_of(const std::string& path);

} // namespace cordon::policy
