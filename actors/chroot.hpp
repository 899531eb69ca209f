// CHROOT: calls about paths, carried out in the view that the run is shown.
// None of them is ever passed, but an exec of the stub (actors/execs.cpp).
#pragma once

#include "actors/errands.hpp"
#include "actors/execs.hpp"
#include "actors/interfaces.hpp"
#include "actors/lane.hpp"
#include "actors/later.hpp"
#include "actors/subsystem.hpp"
#include "core/notify/calls.hpp"
#include "core/paths/carrier.hpp"
#include "core/process/members.hpp"
#include "policy/mirror.hpp"

#include <functional>
#include <memory>
#include <string>

namespace cordon::actors {

/// What the file system of a run does not know of it.
[[nodiscard]] paths::surroundings surroundings_of(const policy::mirror& in,
                                                  const process::members& who);

/// Ways to the keeper.
struct redirection {
  errand_ways on_errands;
  /// Has a thread run the stub in place of its call.
  execs::run_in_thread run;
};
/// `by` must live as long.
[[nodiscard]] redirection redirection_by(process::keeper& by);

class chroot final : public subsystem<path_actor> {
public:
  /// Makes the thread's file mode creation mask its own. `stub`: the path of
  /// the one file that the kernel may run.
  chroot(caf::actor_config& config, lane_ptr home,
         std::shared_ptr<notify::calls> kernel,
         std::shared_ptr<const policy::mirror> in, redirection keeper,
         process::members who, std::string stub);

  behavior_type make_behavior() override;
  /// Answers that are due hold this actor: let go of them.
  void on_exit() override;

  /// The keeper holds a thread, or cannot (an errno). From the lane, between
  /// messages.
  void held(pid_t tid, int error);

private:
  void take(const call_ptr& call);
  void carry_out(const call_ptr& call);
  void go_on(const owed& due, paths::outcome said);
  void finish_later(const owed& due, std::function<paths::outcome()> rest);
  void begin_anew(const owed& due);
  void change_directory(const owed& due);
  void send_on(const owed& due, errands::kind what, paths::outcome found);
  [[nodiscard]] answer tell_name(const notify::request& asked) const;
  [[nodiscard]] static answer answer_of(paths::outcome said);

  std::shared_ptr<notify::calls> kernel_;
  std::shared_ptr<const policy::mirror> mirror_;
  paths::carrier carrier_;
  execs execs_;
  errands errands_;
  std::unique_ptr<later> later_; ///< made when first needed
};

} // namespace cordon::actors
