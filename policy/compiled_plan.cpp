#include "policy/compiled_plan.hpp"

#include "core/landlock/access.hpp"
#include "core/landlock/rules.hpp"
#include "core/process/keeper.hpp"
#include "core/seccomp/policy_filter.hpp"
#include "core/seccomp/probe.hpp"
#include "policy/lane_domain.hpp"
#include "policy/limits.hpp"
#include "policy/stand_ins.hpp"

namespace cordon::policy {
namespace {

auto cannot(const error& why) {
  return reject({}, why.message());
}

checked<void> find_keeper(std::string& keeper) {
  if (!keeper.empty())
    return {};
  auto found = process::find_keeper();
  if (!found)
    return cannot(found.error());
  keeper = std::move(*found);
  return {};
}

checked<void> add_rulesets(compiled_plan& to) {
  const auto& plan = to.plan;
  auto ruleset = landlock::build_ruleset(
      {plan.handled_fs, plan.handled_net, plan.scoped}, plan.abi, plan.paths,
      plan.ports);
  if (!ruleset)
    return reject(ruleset.error().from, ruleset.error().why.message());
  to.ruleset = std::move(*ruleset);
  if (!to.traps())
    return {};
  auto lane = build_lane_ruleset(plan, *to.source, {to.keeper});
  if (!lane)
    return cannot(lane.error());
  to.lane_ruleset = std::move(*lane);
  return {};
}

} // namespace

checked<compiled_plan_ptr> compile(profile_ptr p, std::string keeper,
                                   std::vector<handled_call> handled) {
  if (p == nullptr)
    return reject({}, "expected a profile");
  auto plan
      = make_plan(*p, {landlock::probe_abi(), seccomp::listener_available()},
                  run_kind::supervised);
  if (!plan)
    return tl::make_unexpected(plan.error());
  if (!handled.empty() && !seccomp::listener_available())
    return reject({}, "handlers need a seccomp listener, and none is to be had "
                      "here: this process is supervised already");
  if (!handled.empty() && !seccomp::traps(plan->filter))
    add_answering_rules(plan->filter);
  auto passable = trap_handled(plan->filter, handled);
  if (!passable)
    return tl::make_unexpected(passable.error());
  auto filter = seccomp::compile(plan->filter);
  if (!filter)
    return cannot(filter.error());
  auto made = std::make_shared<compiled_plan>();
  made->source = std::move(p);
  made->plan = std::move(*plan);
  made->filter = std::move(*filter);
  made->trapped = seccomp::trapped_numbers(made->plan.filter);
  made->keeper = std::move(keeper);
  made->handled = std::move(handled);
  made->passable = std::move(*passable);
  if (const auto found = find_keeper(made->keeper); !found)
    return tl::make_unexpected(found.error());
  if (const auto added = add_rulesets(*made); !added)
    return tl::make_unexpected(added.error());
  return made;
}

result<process::launch> make_launch(const compiled_plan& from) {
  process::launch made;
  made.ruleset = from.ruleset.duplicate();
  if (!made.ruleset)
    return fail_errno("duplicate the Landlock ruleset");
  if (from.lane_ruleset) {
    made.lane_ruleset = from.lane_ruleset.duplicate();
    if (!made.lane_ruleset)
      return fail_errno("duplicate the Landlock ruleset");
  }
  made.policy_filter = from.filter;
  made.trapped = from.trapped;
  made.traps = from.traps();
  made.signal_scope = (from.plan.scoped & landlock::scope::signal) != 0;
  apply_limits(made, *from.source);
  return made;
}

} // namespace cordon::policy
