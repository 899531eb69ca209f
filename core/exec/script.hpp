// The first line of a script, as the kernel reads it (fs/binfmt_script.c).
#pragma once

#include <array>
#include <optional>
#include <string>

namespace cordon::exec {

/// What the kernel looks at of a file to tell what it is; zeros after its end.
inline constexpr std::size_t head_size = 256; // BINPRM_BUF_SIZE
using file_head = std::array<char, head_size>;

struct script_line {
  std::string interpreter;
  std::optional<std::string> argument; ///< all the rest of the line
};

[[nodiscard]] bool is_script(const file_head& head) noexcept;

/// Nothing: there is no interpreter in it, or its name may be cut off
/// (ENOEXEC).
[[nodiscard]] std::optional<script_line> read_script(const file_head& head);

} // namespace cordon::exec
