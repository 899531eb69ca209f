#include "actors/watcher.hpp"

#include "actors/supervision.hpp"
#include "core/landlock/access.hpp"
#include "core/landlock/rules.hpp"
#include "core/process/privileges.hpp"
#include "core/seccomp/probe.hpp"
#include "policy/lane_domain.hpp"
#include "policy/limits.hpp"
#include "policy/plan.hpp"

#include <signal.h>

#include <cstring>
#include <optional>
#include <system_error>

namespace cordon::actors {
namespace {

template <class T>
using or_reason = tl::expected<T, std::string>;

auto reason(std::string why) {
  return tl::make_unexpected(std::move(why));
}

or_reason<process::launch> prepare(const run_request& request,
                                   const std::string& keeper) {
  const auto plan = policy::make_plan(
      *request.profile, {landlock::probe_abi(), seccomp::listener_available()},
      policy::run_kind::supervised);
  if (!plan)
    return reason(plan.error().line());
  auto ruleset = landlock::build_ruleset(
      {plan->handled_fs, plan->handled_net, plan->scoped}, plan->abi,
      plan->paths, plan->ports);
  if (!ruleset)
    return reason(ruleset.error().from + ": " + ruleset.error().why.message());
  auto filter = seccomp::compile(plan->filter);
  if (!filter)
    return reason(filter.error().message());
  process::launch launch;
  launch.ruleset = std::move(*ruleset);
  launch.policy_filter = std::move(*filter);
  launch.trapped = seccomp::trapped_numbers(plan->filter);
  launch.traps = !launch.trapped.empty();
  if (launch.traps) {
    auto lane = policy::build_lane_ruleset(*plan, *request.profile, {keeper});
    if (!lane)
      return reason(lane.error().message());
    launch.lane_ruleset = std::move(*lane);
  }
  launch.signal_scope = (plan->scoped & landlock::scope::signal) != 0;
  launch.argv = request.command;
  launch.env = request.env;
  if (!request.command.empty())
    launch.candidates = process::resolve_program(
        request.command.front(), process::search_path(request.env));
  // A service's threads block what they like; a program starts with nothing
  // blocked.
  ::sigemptyset(&launch.mask);
  policy::apply_limits(launch, *request.profile);
  return launch;
}

std::string no_drop(int error) {
  return "cannot drop capabilities: " + std::string(std::strerror(error));
}

or_reason<process::keeper> start(const run_request& request) {
  const auto program = request.keeper.empty()
                           ? process::find_keeper()
                           : result<std::string>(request.keeper);
  if (!program)
    return reason(program.error().message());
  const auto launch = prepare(request, *program);
  if (!launch)
    return reason(launch.error());
  // This thread answers for the run from now on, with no more than the run has.
  // A user namespace is the one thing the child may need capabilities for.
  const bool caps_first = !launch->user;
  if (caps_first)
    if (const int error = process::drop_capabilities(); error != 0)
      return reason(no_drop(error));
  auto keeper = process::keeper::start(*launch, *program);
  if (!keeper)
    return reason(keeper.error().message());
  if (!caps_first)
    if (const int error = process::drop_capabilities(); error != 0)
      return reason(no_drop(error));
  return std::move(*keeper);
}

/// The run on this thread: waits for its end, brings that about when the
/// sandbox goes away, and once there is a listener answers trapped calls.
class run_on_lane {
public:
  run_on_lane(caf::actor_system& system, process::keeper& keeper,
              const run_request& request, int leash)
      : keeper_(keeper)
      , request_(request)
      , leash_(leash)
      , home_(std::make_shared<lane>(system)) {
  }

  or_reason<process::ending> wait() {
    home_->watch(keeper_.fd(), [this](std::uint32_t) { take_event(); });
    home_->watch(leash_, [this](std::uint32_t) {
      static_cast<void>(keeper_.kill()); // if it is gone, `receive` tells
      home_->unwatch(leash_);            // once is enough
    });
    const int error = home_->run();
    actors_.reset();
    if (error != 0)
      broken_ = "cannot wait: " + std::string(std::strerror(error));
    if (!broken_.empty())
      return reason(broken_);
    if (!end_)
      return reason(end_.error().message());
    return *end_;
  }

private:
  void take_event() {
    using what = process::keeper_event::what;
    auto event = keeper_.receive();
    if (!event)
      return finish(tl::make_unexpected(event.error()));
    if (!*event)
      return;
    auto& e = **event;
    if (e.kind == what::listener)
      start_answering(std::move(e.fd));
    else if ((e.kind == what::traced || e.kind == what::untraced) && actors_)
      actors_->tells_of_tracing(e.signal, e.kind == what::traced);
    else if (e.kind == what::ended || e.kind == what::lost)
      finish(e.end);
  }

  void start_answering(unique_fd listener) {
    const auto fail_run = [this](std::string why) {
      broken_ = std::move(why);
      static_cast<void>(keeper_.kill()); // the ended event follows
    };
    actors_.emplace(
        home_, std::move(listener), plan(), listener_reports{{}, fail_run},
        tracing{[this](pid_t tid) { return keeper_.trace(tid); },
                [this](pid_t tid) { return keeper_.release(tid); }});
  }

  supervision_plan plan() const {
    supervision_plan made{keeper_.pid(), {}, 0};
    for (const auto& grant : request_.profile->grants)
      if (grant.wanted == policy::access::write)
        made.write_paths.push_back(grant.path);
    if (request_.profile->max_processes)
      made.max_processes = request_.profile->max_processes->value;
    return made;
  }

  void finish(result<process::ending> end) {
    end_ = std::move(end);
    home_->stop();
  }

  process::keeper& keeper_;
  const run_request& request_;
  int leash_;
  lane_ptr home_;
  std::optional<supervision> actors_;
  std::string broken_; ///< why the run was ended by us; empty: it was not
  result<process::ending> end_;
};

/// Without fds for a lane, or with one that fails, there are no answers: the
/// keeper is let go by the caller then, and ends the run.
or_reason<process::ending> run_here(caf::actor_system& system,
                                    process::keeper& keeper,
                                    const run_request& request, int leash) {
  try {
    return run_on_lane{system, keeper, request, leash}.wait();
  } catch (const std::system_error& e) {
    return reason(std::string("cannot answer trapped calls: ") + e.what());
  }
}

} // namespace

void watcher(caf::blocking_actor* self, const sandbox_actor& owner,
             const run_request_ptr& request, const leash_ptr& leash) {
  auto keeper = start(*request);
  if (!keeper)
    return self->send(owner, failed_atom_v, keeper.error());
  auto remote = keeper->remote();
  if (!remote)
    return self->send(owner, failed_atom_v, remote.error().message());
  self->send(owner, started_atom_v,
             control_ptr(std::make_shared<const process::remote_control>(
                 std::move(*remote))));
  const auto end = run_here(self->system(), *keeper, *request, leash->get());
  if (!end)
    return self->send(owner, failed_atom_v, end.error());
  self->send(owner, ended_atom_v,
             ending_ptr(std::make_shared<const process::ending>(*end)));
}

} // namespace cordon::actors
