// Where the loader looks for a library.
#pragma once

#include "cli/elf.hpp"

#include <string>
#include <vector>

namespace cordon::cli {

/// The paths at which `library` may lie for the program or library `wanting`
/// at `path`, in about the loader's order: run paths with $ORIGIN replaced,
/// LD_LIBRARY_PATH, the system's directories. A name with a slash is a path.
[[nodiscard]] std::vector<std::string>
library_places(const std::string& library, const std::string& path,
               const program_facts& wanting,
               const std::string& ld_library_path);

/// The directory a path lies in; "." for a name alone.
[[nodiscard]] std::string directory_of(const std::string& path);

} // namespace cordon::cli
