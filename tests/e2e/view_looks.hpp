// A program that looks at what a view makes itself
// (tests/targets/proc_views.cpp) and what it says.
#pragma once

#include "tests/e2e/view_world.hpp"

#include <string>

namespace cordon::test {

inline const words everything{"-w", "/"};

/// `proc_views WORDS…` in a root of its own.
[[nodiscard]] outcome look(const world& place, const std::string& root,
                           const words& options, const words& asked);
[[nodiscard]] std::string root_to_look_at(const world& place);

/// The value of a line "what=value".
[[nodiscard]] std::string value_of(const outcome& said,
                                   const std::string& what);
[[nodiscard]] bool holds(const std::string& text, const std::string& word);
/// Whether `text` has this line.
[[nodiscard]] bool has_line(const std::string& text, const std::string& line);

} // namespace cordon::test
