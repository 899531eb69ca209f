// The words of the commands that look at running sandboxes: ps, inspect, stats
// and kill.
#pragma once

#include "cli/app.hpp"
#include "policy/issue.hpp"

#include <signal.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cordon::cli {

/// What such a command was told.
struct status_words {
  std::string name; ///< of a sandbox
  bool json = false;
  bool toml = false;
  std::optional<int> signal;
  bool help = false;
};

/// One row an option.
struct status_option {
  std::string_view command;
  std::string_view option;
  const char* argument; ///< nullptr for a switch
  const char* help;
  /// False when the value is none.
  bool (*set)(status_words& to, const std::string& value);
};

[[nodiscard]] std::span<const status_option> status_options();

/// Parses what follows `command`. A name is expected by all but ps.
[[nodiscard]] policy::checked<status_words>
parse_status_words(std::string_view command, const arguments& words);

/// "Usage: cordon kill [OPTIONS] NAME" and the options.
void print_status_help(std::string_view command);

/// A signal by number or name ("TERM", "SIGTERM", any case).
[[nodiscard]] std::optional<int> parse_signal(std::string_view text);

} // namespace cordon::cli
