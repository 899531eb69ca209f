// What a service says of a run, and what it is told: plain values, no CAF.
#pragma once

#include "actors/user_handler.hpp"
#include "core/base/unique_fd.hpp"
#include "core/process/launch.hpp"
#include "policy/compiled_plan.hpp"
#include "policy/profile.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace cordon::actors {

/// What becomes of a standard stream.
enum class stream : std::uint8_t {
  inherit, ///< the service's own
  pipe,    ///< the service gets the other end (`running`)
  null,    ///< /dev/null
  capture, ///< kept and returned with the result; stdout and stderr only
};

/// What a sandbox shall run. Immutable and shared.
struct run_request {
  /// Compiled once, used by any number of runs. Null: `profile` is compiled
  /// for this run alone.
  policy::compiled_plan_ptr plan;
  policy::profile_ptr profile;
  /// Program and arguments. Empty: the profile's.
  std::vector<std::string> command;
  /// NAME=VALUE; the program's, whole. The profile's variables are set on top.
  std::vector<std::string> env;
  std::string cwd;    ///< empty: the profile's, else the service's own
  std::string keeper; ///< path, if `plan` is null; empty: look for it

  stream in = stream::inherit;
  stream out = stream::inherit;
  stream err = stream::inherit;
  /// Bytes kept of each captured stream. What comes after is read and dropped,
  /// so the program never waits for us.
  std::size_t capture_limit = std::size_t{1} << 20;
  /// More fds for the program; the service goes on owning the sources. Target
  /// 0, 1 or 2 takes the place of a stream that is `inherit`.
  std::vector<process::granted_fd> fds;

  /// Asked about trapped calls, after cordon's own. A compiled plan must have
  /// been compiled for all of them.
  std::vector<user_handler> handlers;

  /// Whether `cordon ps` and its like shall see the run. It runs, too, when
  /// they cannot: without a runtime directory, say.
  bool publish = true;
  /// As which: letters, digits, '.', '_' and '-'. Empty: derived from the
  /// program. That another living run has the name is an error.
  std::string name = {};
};
using run_request_ptr = std::shared_ptr<const run_request>;

/// A call that policy refused.
struct denial {
  std::string operation; ///< "chmod", "fork", …
  int number = 0;        ///< the system call
  pid_t tid = 0;         ///< the thread that called
  int error = 0;         ///< the errno it got
  std::string subject;   ///< the path or resource; bytes as they are
  std::string rule;      ///< what decided
  std::string remedy;    ///< the option that would allow it
};

/// A captured stream.
struct captured {
  std::string bytes;         ///< at most `capture_limit`
  std::uint64_t dropped = 0; ///< how many more there were
};

/// How a run went, of a program that ran.
struct run_result {
  process::ending ending; ///< never `setup_failed`
  captured out;
  captured err;
  /// The first denials, at most `kept_denials`; there were `denial_count`.
  std::vector<denial> denials;
  std::uint64_t denial_count = 0;

  static constexpr std::size_t kept_denials = 64;
};

/// The service's ends of streams that are `pipe`; the others are empty. Reading
/// ends of stdout and stderr, the writing end of stdin. Blocking,
/// close-on-exec.
struct pipe_ends {
  unique_fd in;
  unique_fd out;
  unique_fd err;
};

} // namespace cordon::actors
