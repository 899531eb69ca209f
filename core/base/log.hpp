// Diagnostics. Everything goes to stderr as "cordon: …"; stdout belongs to the
// program that runs.
#pragma once

#include <string_view>

namespace cordon::log {

/// How much is said. `quiet` says warnings and errors only.
enum class level { quiet, info, debug };

/// Sets the level for the whole process; call it before threads exist.
void set_level(level wanted);

/// Text must already be escaped where it holds bytes from outside.
void debug(std::string_view text);
void info(std::string_view text);
void warn(std::string_view text);
void error(std::string_view text);

} // namespace cordon::log
