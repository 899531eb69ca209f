// What a program asks of the loader, read from the file. Every offset in it is
// somebody else's: nothing is trusted, everything is bounded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cordon::cli {

struct program_facts {
  std::string interpreter;            ///< PT_INTERP or "#!"; empty: none
  bool is_script = false;             ///< `interpreter` comes from "#!"
  std::vector<std::string> libraries; ///< DT_NEEDED
  std::vector<std::string> run_paths; ///< DT_RUNPATH and DT_RPATH, split at ":"
};

/// Reads the facts from a file's bytes; nothing when it is neither a 64-bit
/// little-endian ELF file nor a script.
[[nodiscard]] std::optional<program_facts> read_program(std::string_view bytes);

} // namespace cordon::cli
