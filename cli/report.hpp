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

/// The same for a run that cordon itself could not make, or lost.
[[nodiscard]] std::string own_failure_json();

/// "status 0, 0.120 s, cpu 0.100 s user 0.010 s system, …".
[[nodiscard]] std::string summary(const process::ending& end);

} // namespace cordon::cli
