// How a run ended, for people, for --status-fd, and as an exit status.
#pragma once

#include "core/process/launch.hpp"

#include <string>

namespace cordon::cli {

/// The exit status that stands for an ending.
[[nodiscard]] int exit_status_of(const process::ending& end);

/// One line of JSON, without the newline:
/// {"exit_code":0,"timed_out":false,"user_us":…,…}; after a signal
/// {"exit_code":-1,"signal":9,…}.
[[nodiscard]] std::string to_json(const process::ending& end);

/// "exit 0, 0.12 s, cpu 0.10 s user 0.01 s system, 12 MiB".
[[nodiscard]] std::string summary(const process::ending& end);

} // namespace cordon::cli
