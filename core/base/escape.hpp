// Bytes from outside, made safe to print.
#pragma once

#include <string>
#include <string_view>

namespace cordon {

/// Returns `bytes` with everything that could drive a terminal or break a line
/// written as \xNN: control characters, DEL, C1 controls and bytes that are not
/// valid UTF-8. A backslash becomes two. Printable UTF-8 stays as it is.
[[nodiscard]] std::string escape(std::string_view bytes);

/// The same for the inside of a JSON string: valid UTF-8 only, control
/// characters as \u00NN, an invalid byte as U+FFFD.
[[nodiscard]] std::string escape_json(std::string_view bytes);

} // namespace cordon
