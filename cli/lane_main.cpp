// cordon-lane: what a supervisor becomes when its run traps a call. It reads
// the handover, answers trapped calls through actors, and ends as `cordon run`
// would have.
#include "actors/control.hpp"
#include "actors/endpoint.hpp"
#include "actors/quiet_config.hpp"
#include "actors/record.hpp"
#include "actors/supervision.hpp"
#include "cli/app.hpp"
#include "cli/handover.hpp"
#include "cli/supervise.hpp"
#include "core/base/log.hpp"

#include <cstdlib>
#include <cstring>

namespace {

using namespace cordon;

/// The view that the run is shown, opened again; none: it is behind the wall.
policy::checked<std::shared_ptr<const policy::mirror>>
open_view(const cli::handover& run) {
  if (!run.mirror)
    return nullptr;
  auto made = policy::mirror::open(*run.mirror);
  if (!made)
    return tl::make_unexpected(made.error());
  return std::make_shared<const policy::mirror>(std::move(*made));
}

/// The run on this thread, from the handover to its end.
class run_on_lane {
public:
  run_on_lane(caf::actor_system& system, cli::handover& run)
      : run_(run)
      , keeper_(process::keeper::adopt(run.keeper))
      , home_(std::make_shared<actors::lane>(system)) {
    if (run.presence)
      if (auto adopted = status::presence::adopt(*run.presence))
        presence_.emplace(std::move(*adopted));
    record_.emplace(record_plan());
  }

  int answer_and_wait() {
    home_->watch(run_.signals, [this](std::uint32_t) {
      cli::pass_signals(keeper_, run_.signals);
    });
    open_door();
    if (run_.listener >= 0)
      start_answering(unique_fd{run_.listener});
    if (run_.first && actors_)
      actors_->answer(*run_.first, run_.asked_to_trace_first);
    home_->watch(keeper_.fd(), [this](std::uint32_t) { take_event(); });
    if (const int error = home_->run(); error != 0)
      broken_ = "cannot wait: " + std::string(std::strerror(error));
    door_.reset();
    actors_.reset();
    presence_.reset();
    return finish();
  }

private:
  actors::record_plan record_plan() {
    actors::record_plan to;
    to.board = presence_ ? presence_->board() : nullptr;
    to.audit.reset(run_.audit);
    to.sandbox = presence_ ? presence_->name() : run_.label.name;
    to.max_processes = run_.max_processes;
    if (run_.label.verbosity > 0)
      to.tell = [prefix = run_.label.prefix()](const std::string& line) {
        log::info(prefix + line);
      };
    return to;
  }

  void open_door() {
    if (!presence_)
      return;
    control_ = actors::spawn_on<actors::control>(
        home_, actors::controls{[this](int number) {
                                  return code_of(keeper_.signal(number));
                                },
                                [this] { return code_of(keeper_.kill()); },
                                run_.policy_text, run_.policy_toml});
    door_.emplace(home_, presence_->endpoint(), control_);
  }

  static int code_of(const result<void>& done) {
    return done ? 0 : done.error().code;
  }

  void start_answering(unique_fd listener) {
    const auto fail_run = [this](std::string why) {
      broken_ = std::move(why);
      static_cast<void>(keeper_.kill()); // the ended event follows
    };
    actors::supervision_plan plan{run_.keeper.pid, run_.write_paths,
                                  run_.max_processes};
    plan.signal_scope = run_.keeper.signal_scope;
    plan.sockets = run_.sockets;
    plan.counted = [this](std::size_t n) { record_->counted(n); };
    auto view = open_view(run_);
    if (!view)
      return fail_run(view.error().line());
    plan.mirror = std::move(*view);
    plan.stub = run_.stub;
    actors_.emplace(
        home_, std::move(listener), plan,
        actors::listener_reports{
            [this](const actors::outcome& done) { record_->answered(done); },
            fail_run},
        actors::tracing{
            [this](pid_t tid) { return keeper_.trace(tid); },
            [this](pid_t tid) { return keeper_.release(tid); },
            [this](pid_t tid) { return keeper_.interrupts(tid); },
            [this](pid_t tid) { return keeper_.let_go_and_repeat(tid); }},
        actors::redirection_by(keeper_));
  }

  void take_event() {
    unique_fd listener;
    end_ = cli::take_event(keeper_, &listener,
                           [this](const process::keeper_event& about_thread) {
                             if (actors_)
                               actors_->take(about_thread);
                           });
    if (listener)
      start_answering(std::move(listener));
    if (end_)
      home_->stop();
  }

  int finish() {
    if (!broken_.empty())
      return cli::finish_own_failure(broken_, run_.label);
    if (!end_->has_value())
      return cli::finish_own_failure(end_->error().message(), run_.label);
    return cli::finish(**end_, run_.label);
  }

  cli::handover& run_;
  process::keeper keeper_;
  actors::lane_ptr home_;
  std::optional<status::presence> presence_;
  std::optional<actors::record> record_;
  std::optional<actors::supervision> actors_;
  actors::control_actor control_;
  std::optional<actors::endpoint> door_;
  std::optional<result<process::ending>> end_;
  std::string broken_;
};

} // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    log::error("cordon-lane is started by cordon run, with a run that traps "
               "system calls");
    return cli::exit_status::bad_input;
  }
  auto run = cli::read_handover(std::atoi(argv[1]));
  if (!run) {
    log::error(run.error().message());
    return cli::exit_status::own_failure;
  }
  if (run->label.verbosity > 0)
    log::set_level(run->label.verbosity == 1 ? log::level::info
                                             : log::level::debug);
  actors::quiet_config config;
  caf::actor_system system{config};
  return run_on_lane{system, *run}.answer_and_wait();
}
