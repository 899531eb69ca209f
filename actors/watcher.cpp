#include "actors/watcher.hpp"

#include "core/landlock/access.hpp"
#include "core/landlock/rules.hpp"
#include "policy/limits.hpp"
#include "policy/plan.hpp"

#include <poll.h>
#include <signal.h>

namespace cordon::actors {
namespace {

template <class T>
using or_reason = tl::expected<T, std::string>;

auto reason(std::string why) {
  return tl::make_unexpected(std::move(why));
}

or_reason<process::launch> prepare(const run_request& request) {
  const auto plan = policy::make_plan(*request.profile, {landlock::probe_abi()},
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

or_reason<process::keeper> start(const run_request& request) {
  const auto launch = prepare(request);
  if (!launch)
    return reason(launch.error());
  const auto program = request.keeper.empty()
                           ? process::find_keeper()
                           : result<std::string>(request.keeper);
  if (!program)
    return reason(program.error().message());
  auto keeper = process::keeper::start(*launch, *program);
  if (!keeper)
    return reason(keeper.error().message());
  return std::move(*keeper);
}

/// Waits for the run's end, and brings it about when the sandbox goes away.
result<process::ending> watch(process::keeper& keeper, int leash) {
  using what = process::keeper_event::what;
  pollfd watched[] = {{keeper.fd(), POLLIN, 0}, {leash, POLLIN, 0}};
  while (true) {
    if (::poll(watched, 2, -1) < 0 && errno != EINTR)
      return fail_errno("wait for the keeper");
    if (watched[1].revents != 0) {
      static_cast<void>(keeper.kill()); // if it is gone, `receive` tells
      watched[1].fd = -1;               // once is enough
    }
    if (watched[0].revents == 0)
      continue;
    const auto event = keeper.receive();
    if (!event)
      return tl::make_unexpected(event.error());
    if (*event
        && ((*event)->kind == what::ended || (*event)->kind == what::lost))
      return (*event)->end;
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
  const auto end = watch(*keeper, leash->get());
  if (!end)
    return self->send(owner, failed_atom_v, end.error().message());
  self->send(owner, ended_atom_v,
             ending_ptr(std::make_shared<const process::ending>(*end)));
}

} // namespace cordon::actors
