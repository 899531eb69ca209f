// Places that are named before a run: what a rule is about.
#pragma once

#include "core/paths/resolve.hpp"
#include "core/paths/rules.hpp"

namespace cordon::paths {

/// A place of the view. When nothing is there, the path is that of the longest
/// part that is, with the rest appended.
struct settled {
  unique_fd fd; ///< O_PATH; empty: nothing is there
  position where;
  object_id object;
};

/// Resolves `path`, absolute, through every link. Errors other than ENOENT are
/// the path's.
[[nodiscard]] result<settled> settle(const view& in, const std::string& path);

} // namespace cordon::paths
