// What a program asks of the loader, read from the file. Every offset in it is
// somebody else's: nothing is trusted, everything is bounded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cordon::cli {

struct program_facts {
  std::string interpreter;            ///< PT_INTERP or "#!"; empty: none
  bool is_script = false;             ///< `interpreter` comes from "#!"
  std::vector<std::string> libraries; ///< DT_NEEDED, at most 256
  std::vector<std::string> run_paths; ///< DT_RUNPATH and DT_RPATH, split at
                                      ///< ":", at most 64
};

/// Fills `into` from `offset` on; returns how many bytes were there.
using byte_reader
    = std::function<std::size_t(std::uint64_t offset, std::span<char> into)>;

/// Reads the facts; nothing when the bytes are neither a 64-bit little-endian
/// ELF file nor a script.
[[nodiscard]] std::optional<program_facts>
read_program(const byte_reader& bytes);
[[nodiscard]] std::optional<program_facts> read_program(std::string_view bytes);

/// The same for a regular file; nothing for anything else. Never blocks.
[[nodiscard]] std::optional<program_facts>
read_program_file(const std::string& path);

} // namespace cordon::cli
