// One run on the thread that starts and keeps it, which is also its lane.
//
// Starting restricts the thread for good: to a signal domain of its own, and to
// the run's own grants when calls are trapped. No other thread is touched. A
// thread makes one run and then ends.
#pragma once

#include "actors/publication.hpp"
#include "actors/run_request.hpp"
#include "core/process/keeper.hpp"

#include <functional>
#include <string>

namespace caf {
class actor_system;
}

namespace cordon::actors {

/// What the run tells, on its own thread.
struct run_events {
  /// The keeper is there: a hold for other threads.
  std::function<void(process::remote_control)> spawned;
  /// The program has been executed.
  std::function<void(pipe_ends)> running;
  /// A call was refused. At most 100 in a second come; all are counted.
  std::function<void(const denial&)> denied;
  /// The run is shown to others, before anything else. Whoever is told hides it
  /// after the end: the run's thread can remove nothing by then.
  std::function<void(presence_ptr)> published;
};

/// Starts `request` and stays until nothing of it lives. Ends the run when
/// `leash` becomes readable or is hung up. The error is one printable line: why
/// the program did not run, or why the run was ended by us.
///
/// `system` is asked for once, when a trapped call waits: a run that never
/// traps needs no actors.
[[nodiscard]] tl::expected<run_result, std::string>
run_on_this_thread(const run_request& request, int leash,
                   const run_events& events,
                   const std::function<caf::actor_system&()>& system);

/// What is wrong with a request before anything is tried; empty: nothing.
[[nodiscard]] std::string what_is_wrong_with(const run_request& request);

} // namespace cordon::actors
