#include "actors/lane_run.hpp"

#include "actors/kept_run.hpp"
#include "core/base/escape.hpp"
#include "core/base/scope_exit.hpp"
#include "core/process/privileges.hpp"
#include "policy/grammar.hpp"
#include "policy/mirror_launch.hpp"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <system_error>

namespace cordon::actors {
namespace {

template <class T>
using or_reason = tl::expected<T, std::string>;

auto reason(std::string why) {
  return tl::make_unexpected(std::move(why));
}

auto reason(const error& why) {
  return tl::make_unexpected(why.message());
}

std::vector<std::string> command_of(const run_request& request,
                                    const policy::profile& p) {
  if (!request.command.empty() || !p.exec)
    return request.command;
  std::vector<std::string> command = {p.exec->value};
  command.insert(command.end(), p.args.begin(), p.args.end());
  return command;
}

/// The request's variables, with the profile's set on top.
std::vector<std::string> environment_of(const run_request& request,
                                        const policy::profile& p) {
  auto made = request.env;
  for (const auto& [name, value] : p.env) {
    const auto start = name + "=";
    std::erase_if(made, [&](const auto& v) { return v.starts_with(start); });
    made.push_back(start + value);
  }
  return made;
}

/// The view that the run is shown, with its program in it.
or_reason<view_ptr> open_view(process::launch& launch,
                              const policy::compiled_plan& plan) {
  const auto& p = *plan.source;
  const std::unique_ptr<char, decltype(&::free)> name{::getcwd(nullptr, 0),
                                                      &::free};
  const std::string here = name ? name.get() : "/";
  const auto spec = policy::mirror_of(p, here);
  if (!spec)
    return reason(spec.error().line());
  auto opened = policy::mirror::open(*spec);
  if (!opened)
    return reason(opened.error().line());
  auto view = std::make_shared<const policy::mirror>(std::move(*opened));
  auto stub = process::find_stub(plan.keeper);
  if (!stub)
    return reason(stub.error());
  launch.stub = std::move(*stub);
  const auto start
      = launch.cwd.empty() ? policy::directory_in_mirror(p, here) : launch.cwd;
  if (const auto ready
      = policy::start_in_mirror(launch, plan.plan, *view, start, {plan.keeper});
      !ready)
    return reason(ready.error().line());
  return view;
}

or_reason<process::launch> make_launch(const run_request& request,
                                       const policy::compiled_plan& plan) {
  auto made = policy::make_launch(plan);
  if (!made)
    return reason(made.error());
  auto& launch = *made;
  launch.argv = command_of(request, *plan.source);
  launch.env = environment_of(request, *plan.source);
  launch.candidates = process::resolve_program(
      launch.argv.front(), process::search_path(launch.env));
  if (!request.cwd.empty())
    launch.cwd = request.cwd;
  launch.fds = request.fds;
  // A service's threads block and ignore what they like; a program starts with
  // nothing blocked and nothing ignored.
  ::sigemptyset(&launch.mask);
  launch.default_signals = true;
  launch.tell_running = true;
  launch.has_siblings = true;
  return std::move(launch);
}

/// Starts the keeper. From now on this thread answers for the run, with no more
/// than the run has. A user namespace is the one thing that the child may need
/// capabilities for.
or_reason<process::keeper> start(const process::launch& launch,
                                 const std::string& program) {
  const auto drop = [] {
    const int error = process::drop_capabilities();
    return error == 0 ? std::string{}
                      : "cannot drop capabilities: "
                            + std::string(std::strerror(error));
  };
  if (!launch.user)
    if (auto failed = drop(); !failed.empty())
      return reason(std::move(failed));
  auto keeper = process::keeper::start(launch, program);
  if (!keeper)
    return reason(keeper.error());
  if (launch.user)
    if (auto failed = drop(); !failed.empty())
      return reason(std::move(failed));
  return std::move(*keeper);
}

std::string why_not_started(const process::ending& end,
                            const process::launch& of) {
  std::string line = "cannot ";
  line += process::doing(end.failed);
  if (end.failed == process::stage::exec)
    line += " " + escape(of.argv.front());
  else if (end.failed == process::stage::working_directory)
    line += " " + escape(of.cwd);
  return line + ": " + std::strerror(end.error);
}

/// The keeper is there; whatever happens now, it is waited for.
or_reason<run_result> keep(kept_parts parts, const process::launch& launch,
                           int leash) {
  auto& io = parts.io;
  kept_run run{std::move(parts)};
  or_reason<process::ending> end;
  try {
    end = run.wait(leash);
  } catch (const std::system_error& e) {
    run.give_up();
    return reason(std::string("cannot answer trapped calls: ") + e.what());
  }
  if (!end)
    return reason(end.error());
  if (end->kind == process::ending::how::setup_failed)
    return reason(why_not_started(*end, launch));
  run_result made;
  made.ending = *end;
  made.out = io.take_out();
  made.err = io.take_err();
  made.denials = run.take_denials();
  made.denial_count = run.denial_count();
  return made;
}

/// A service's handlers run on threads of its own; faults stay where they are.
void block_signals() {
  sigset_t all;
  ::sigfillset(&all);
  for (const int fault :
       {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGABRT})
    ::sigdelset(&all, fault);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

or_reason<policy::compiled_plan_ptr> plan_of(const run_request& request) {
  if (request.plan != nullptr)
    return request.plan;
  std::vector<policy::handled_call> handled;
  for (const auto& each : request.handlers)
    handled.push_back(each.what);
  auto made
      = policy::compile(request.profile, request.keeper, std::move(handled));
  if (!made)
    return reason(made.error().line());
  return std::move(*made);
}

/// Null when nobody shall see the run, or nobody can.
or_reason<presence_ptr> show(const run_request& request,
                             const std::vector<std::string>& argv,
                             const policy::compiled_plan& plan,
                             const run_events& events) {
  if (!request.publish)
    return presence_ptr{};
  auto made = publish(request.name, argv, plan);
  if (made && *made && events.published)
    events.published(*made);
  return made;
}

} // namespace

std::string what_is_wrong_with(const run_request& request) {
  if (request.plan == nullptr && request.profile == nullptr)
    return "expected a profile or a compiled plan";
  const auto& p
      = request.plan != nullptr ? *request.plan->source : *request.profile;
  if (command_of(request, p).empty())
    return "expected a command, or a profile with program.exec";
  if (!request.name.empty())
    if (const auto named = policy::parse_name(request.name, "name"); !named)
      return named.error().line();
  for (const auto& each : request.handlers) {
    if (!each.run && !each.by_actor.has_value())
      return "expected a handler with a function or an actor";
    if (request.plan != nullptr
        && std::ranges::find(request.plan->handled, each.what)
               == request.plan->handled.end())
      return "expected a plan that was compiled for every handler";
  }
  return {};
}

tl::expected<run_result, std::string>
run_on_this_thread(const run_request& request, int leash,
                   const run_events& events,
                   const std::function<caf::actor_system&()>& system) {
  if (auto wrong = what_is_wrong_with(request); !wrong.empty())
    return reason(std::move(wrong));
  block_signals();
  const auto plan = plan_of(request);
  if (!plan)
    return reason(plan.error());
  auto io = streams::open(request);
  if (!io)
    return reason(io.error());
  auto launch = make_launch(request, **plan);
  if (!launch)
    return reason(launch.error());
  or_reason<view_ptr> view;
  if ((*plan)->plan.mirrors)
    view = open_view(*launch, **plan);
  if (!view)
    return reason(view.error());
  // While this thread may still make something there.
  const auto shown = show(request, launch->argv, **plan, events);
  if (!shown)
    return reason(shown.error());
  const scope_exit over{[&] {
    if (*shown)
      (*shown)->release();
  }};
  io->hand_to(*launch);
  auto keeper = start(*launch, (*plan)->keeper);
  if (!keeper)
    return reason(keeper.error());
  io->started();
  if (auto remote = keeper->remote(); remote && events.spawned)
    events.spawned(std::move(*remote));
  return keep({std::move(*keeper), *io, **plan, *view, launch->stub,
               request.handlers, events, system, *shown},
              *launch, leash);
}

} // namespace cordon::actors
