// A run's presence in the runtime directory, made beside the run, by the thread
// that has nothing else to do: once the run has lasted a little, or at once
// when it is needed. A run that cannot have one runs without, and one that is
// over in a moment has had none.
#pragma once

#include "cli/prepare.hpp"
#include "cli/run_options.hpp"
#include "core/status/presence.hpp"

#include <atomic>
#include <optional>
#include <semaphore>
#include <string>

namespace cordon::cli {

class run_status {
public:
  run_status(prepared_run& run, const run_options& options);
  run_status(const run_status&) = delete;
  run_status& operator=(const run_status&) = delete;
  ~run_status() = default;

  /// With --name, before the run starts: shows it to others. The line for a
  /// name that is taken.
  [[nodiscard]] std::optional<std::string> publish();
  /// By the idle thread, once the run was started: shows it to others unless
  /// that has been done, or the run is over before long. Removes what dead
  /// supervisors left.
  void publish_soon();

  // The rest is for the thread that keeps the run.

  void keeper_started(pid_t keeper);
  /// Readable when somebody is at the control endpoint; -1: never.
  [[nodiscard]] int visitors() const noexcept {
    return visitors_.get();
  }
  /// Of the presence; none when there can be none. Waits for it.
  [[nodiscard]] std::optional<status::presence::hold> numbers();
  /// The run is over.
  void remove();
  /// Ends the other thread's `publish_soon` at once.
  void hurry() {
    wanted_.release();
  }

private:
  enum class state { none, being_made, settled, over };

  std::optional<std::string> show();
  /// Whether the presence is settled, and not because the run was over.
  bool wait();

  const prepared_run& run_;
  const run_options& options_;
  std::optional<status::presence> presence_;
  unique_fd visitors_;
  std::atomic<state> state_ = state::none;
  std::counting_semaphore<> wanted_{0}; ///< somebody does not want to wait
  std::atomic<pid_t> keeper_ = 0;
};

} // namespace cordon::cli
