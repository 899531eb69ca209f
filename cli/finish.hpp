// The end of a run, said and turned into an exit status.
#pragma once

#include "core/base/result.hpp"
#include "core/process/launch.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace cordon::cli {

/// What is needed to speak of a run that is over.
struct run_label {
  std::string name; ///< empty: none given
  int verbosity = 0;
  std::optional<int> status_fd;
  std::chrono::milliseconds timeout{0};

  /// Messages of a named sandbox start with its name.
  [[nodiscard]] std::string prefix() const;
};

/// Writes the status line, reports a timeout, and with -v the summary. Returns
/// the exit status.
int finish(const process::ending& end, const run_label& label);

/// The same for a program that was not even tried: `status` says whether it was
/// not found, may not be executed, or cordon itself failed.
int finish_unstarted(int status, const std::string& line,
                     const run_label& label);

/// The same for a failure of cordon itself.
int finish_own_failure(const std::string& line, const run_label& label);

} // namespace cordon::cli
