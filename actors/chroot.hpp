// CHROOT: calls about paths, carried out in the view that the run is shown.
// None of them is ever passed, but an exec of the stub (actors/execs.cpp).
#pragma once

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
#include <unordered_map>

namespace cordon::actors {

/// Ways to the keeper, which changes a thread's directory for us: the kernel's
/// own working directory stays the truth. Each returns whether the request was
/// sent.
struct redirection {
  /// Asks for the thread to be held at the end of its call; `held` follows.
  std::function<bool(pid_t)> hold;
  /// Has a held thread go to its fd `number`, and close it; -1: just lets it
  /// go.
  std::function<bool(pid_t, int number)> change_directory;
  /// Has a thread run the stub in place of its call.
  execs::run_in_thread run;
};

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
  /// A thread that is to change its directory.
  struct moving {
    owed promise;
    unique_fd directory;
  };

  void take(const call_ptr& call);
  void carry_out(const call_ptr& call);
  void finish_later(const call_ptr& call, std::function<paths::outcome()> rest);
  void change_directory(const call_ptr& call);
  [[nodiscard]] paths::surroundings surroundings() const;
  [[nodiscard]] answer tell_name(const notify::request& asked) const;
  void look_at_execs_later();
  [[nodiscard]] static answer answer_of(paths::outcome said);

  std::shared_ptr<notify::calls> kernel_;
  std::shared_ptr<const policy::mirror> mirror_;
  process::members members_;
  redirection keeper_;
  paths::carrier carrier_;
  execs execs_;
  bool will_look_ = false; ///< at execs that wait
  std::unordered_map<pid_t, moving> moving_;
  std::unique_ptr<later> later_; ///< made when first needed
};

} // namespace cordon::actors
