// Confined runs for programs without actors: plain, blocking calls.
//
//   auto profile = cordon::policy::profile_builder{}.read("/usr").try_build();
//   cordon::run_request request;
//   request.profile = *profile;
//   request.command = {"ls", "/"};
//   request.out = cordon::stream::capture;
//   const auto done = cordon::run(request);
//   if (!done)
//     std::cerr << done.error().line() << '\n';
//
// A run has one thread of its own, which alone is restricted. Actors come into
// being on it when the program's first trapped call waits, and not before.
// Everything here may be called from any thread.
#pragma once

#include "actors/run_request.hpp"
#include "core/base/result.hpp"
#include "policy/issue.hpp"

#include <memory>

namespace cordon {

using actors::answer;
using actors::captured;
using actors::denial;
using actors::give_bytes;
using actors::handler_call;
using actors::pipe_ends;
using actors::run_request;
using actors::run_result;
using actors::stream;
using actors::user_handler;

/// A program that runs. Move-only; letting go of it ends the run.
class running {
public:
  running(running&&) noexcept;
  running& operator=(running&&) noexcept;
  running(const running&) = delete;
  running& operator=(const running&) = delete;
  /// Ends the run and blocks until nothing of it lives.
  ~running();

  /// The caller's ends of the pipes; the second time they are empty.
  [[nodiscard]] pipe_ends take_pipes();
  /// Sends a signal to the program (not to its descendants). No error when the
  /// run is over.
  void signal(int number);
  /// Ends the run; `wait` says when.
  void kill();
  /// Blocks until the run is over and nothing of it lives. The second time is
  /// an error. Close a pipe to stdin before, if the program reads to its end.
  [[nodiscard]] policy::checked<run_result> wait();

private:
  struct impl;
  friend policy::checked<running> start(run_request request);
  explicit running(std::unique_ptr<impl> made) noexcept;
  std::unique_ptr<impl> impl_;
};

/// Starts a program and returns when it has been executed. The issue says in
/// one line why it was not.
[[nodiscard]] policy::checked<running> start(run_request request);

/// Starts a program and waits for its end. A stream that is `pipe` is an
/// error: nobody would serve it.
[[nodiscard]] policy::checked<run_result> run(run_request request);

} // namespace cordon
