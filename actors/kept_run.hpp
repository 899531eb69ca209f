// A service's run once its keeper is there, on the run's own thread, which is
// its lane too.
#pragma once

#include "actors/control.hpp"
#include "actors/endpoint.hpp"
#include "actors/lane_run.hpp"
#include "actors/record.hpp"
#include "actors/streams.hpp"
#include "actors/supervision.hpp"
#include "core/process/keeper.hpp"
#include "policy/mirror_launch.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cordon::actors {

using view_ptr = std::shared_ptr<const policy::mirror>;

/// What a run is made of. References outlive it.
struct kept_parts {
  process::keeper keeper;
  streams& io;
  const policy::compiled_plan& plan;
  view_ptr view;    ///< null: behind the wall
  std::string stub; ///< launch::stub
  const std::vector<user_handler>& handlers;
  const run_events& events;
  const std::function<caf::actor_system&()>& system;
  presence_ptr shown; ///< null: nobody sees the run
};

/// Lets a second pass at most so many through; a program that is refused all
/// the time does not fill anybody's mailbox.
class trickle {
public:
  [[nodiscard]] bool lets_through();

private:
  static constexpr int most = 100;
  lane::clock::time_point since_ = lane::clock::now();
  int count_ = 0;
};

class kept_run {
public:
  explicit kept_run(kept_parts parts);
  kept_run(const kept_run&) = delete;
  kept_run& operator=(const kept_run&) = delete;
  ~kept_run() = default;

  /// Returns how the run ended, by itself or by us: when `leash` is hung up or
  /// somebody at the control endpoint asks for it.
  [[nodiscard]] tl::expected<process::ending, std::string> wait(int leash);
  /// Ends a run that cannot be waited for as planned, and waits for that.
  void give_up();

  [[nodiscard]] std::vector<denial> take_denials() {
    return std::move(denials_);
  }
  [[nodiscard]] std::uint64_t denial_count() const {
    return denial_count_;
  }

private:
  void take_event();
  void tell_running();
  void await_calls(unique_fd listener);
  void start_answering();
  void await_visitors();
  void open_door();
  void close_door();
  void serve();
  [[nodiscard]] supervision_plan supervision_of_plan();
  [[nodiscard]] controls controls_of_plan();
  void note(const outcome& done);
  void finish(result<process::ending> end);

  kept_parts with_;
  lane_ptr home_;
  bool has_system_ = false;
  std::optional<record> record_;
  unique_fd listener_; ///< until there are actors
  std::optional<supervision> actors_;
  control_actor control_;
  std::optional<endpoint> door_;
  std::string broken_; ///< why the run was ended by us; empty: it was not
  result<process::ending> end_;
  bool told_running_ = false;
  std::vector<denial> denials_;
  std::uint64_t denial_count_ = 0;
  trickle trickle_;
};

} // namespace cordon::actors
