// The first program of a run, found where the run will look for it.
#pragma once

#include "core/paths/resolve.hpp"
#include "core/paths/rules.hpp"

#include <string>

namespace cordon::paths {

/// Finds `name` as execvp(3) would in the view: itself when it has a slash,
/// else in the directories of `search` (PATH). Relative paths start in
/// `directory`. A regular file that may be executed and read, by its modes and
/// by the rules. The error is what exec would say: ENOENT, EACCES.
[[nodiscard]] result<unique_fd> find_program(const view& in, const rules& under,
                                             const start& directory,
                                             const std::string& name,
                                             const std::string& search);

} // namespace cordon::paths
