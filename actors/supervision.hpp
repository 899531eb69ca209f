// The actors of one supervised run, put together on the calling thread.
#pragma once

#include "actors/chroot.hpp"
#include "actors/interfaces.hpp"
#include "actors/lane.hpp"
#include "actors/listener.hpp"
#include "actors/user_handler.hpp"
#include "core/base/unique_fd.hpp"
#include "core/sockets/rules.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cordon::actors {

/// What the actors need to know of the run.
struct supervision_plan {
  pid_t keeper = -1;
  std::vector<std::string> write_paths; ///< of the policy's write grants
  std::uint64_t max_processes = 0;      ///< 0: not limited
  /// Landlock keeps signals of this thread and of the run inside (ABI 6).
  bool signal_scope = false;
  cordon::sockets::rules sockets = {};
  std::vector<user_handler> handlers = {};
  std::vector<int> passable = {}; ///< policy::compiled_plan::passable
  /// Told how many processes there are whenever they were counted; may be
  /// empty.
  std::function<void(std::size_t)> counted = {};
  /// The view the run is shown; unset: the host's, behind the wall.
  std::shared_ptr<const policy::mirror> mirror = {};
  /// With a view: the path of the one file that the kernel may run.
  std::string stub = {};
};

/// The actors that answer a run's trapped calls.
/// Precondition: the calling thread is the lane's, and is restricted already.
class supervision {
public:
  supervision(lane_ptr home, unique_fd listener, const supervision_plan& plan,
              listener_reports reports, tracing keeper, redirection moves = {});
  supervision(const supervision&) = delete;
  supervision& operator=(const supervision&) = delete;
  /// Calls that wait still are refused, and the actors are gone.
  ~supervision();

  /// Answers a call that was received before there were actors.
  /// `asked_to_trace`: the keeper was asked to trace its thread.
  void answer(const seccomp_notif& received, bool asked_to_trace);
  /// The keeper says something of a thread: that it traces it now or no longer,
  /// or holds it (or why not) so that its directory can be changed.
  void take(const process::keeper_event& about_thread);

private:
  path_actor wall_files(const supervision_plan& plan, routes& to);
  path_actor view_files(const supervision_plan& plan, routes& to,
                        redirection moves);

  lane_ptr home_;
  std::shared_ptr<notify::kernel_calls> kernel_;
  std::vector<caf::strong_actor_ptr> subsystems_;
  listener_actor listener_;
  listener* impl_ = nullptr; ///< the same; kept alive by the handle
  path_actor files_;
  chroot* chroot_ = nullptr; ///< `files_` in a mirror
};

} // namespace cordon::actors
