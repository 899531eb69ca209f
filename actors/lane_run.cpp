#include "actors/lane_run.hpp"

#include "actors/streams.hpp"
#include "actors/supervision.hpp"
#include "core/base/escape.hpp"
#include "core/process/privileges.hpp"
#include "core/process/signals.hpp"
#include "policy/lane_domain.hpp"
#include "policy/mirror_launch.hpp"
#include "policy/refusal.hpp"

#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
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

using view_ptr = std::shared_ptr<const policy::mirror>;

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

/// Lets a second pass at most so many through; a program that is refused all
/// the time does not fill anybody's mailbox.
class trickle {
public:
  bool lets_through() {
    const auto now = lane::clock::now();
    if (now - since_ >= std::chrono::seconds{1}) {
      since_ = now;
      count_ = 0;
    }
    return ++count_ <= most;
  }

private:
  static constexpr int most = 100;
  lane::clock::time_point since_ = lane::clock::now();
  int count_ = 0;
};

/// The run once its keeper is there.
class kept_run {
public:
  kept_run(process::keeper keeper, streams& io,
           const policy::compiled_plan& plan, view_ptr view,
           const std::vector<user_handler>& handlers, const run_events& events,
           const std::function<caf::actor_system&()>& system)
      : keeper_(std::move(keeper))
      , io_(io)
      , plan_(plan)
      , view_(std::move(view))
      , handlers_(handlers)
      , events_(events)
      , system_(system)
      , home_(std::make_shared<lane>()) {
  }

  /// Returns how the run ended, by itself or by us.
  or_reason<process::ending> wait(int leash) {
    home_->watch(keeper_.fd(), [this](std::uint32_t) { take_event(); });
    home_->watch(leash, [this, leash](std::uint32_t) {
      static_cast<void>(keeper_.kill()); // if it is gone, `receive` tells
      home_->unwatch(leash);             // once is enough
    });
    io_.read_on(*home_);
    const int error = home_->run();
    actors_.reset();
    if (error != 0)
      return reason("cannot wait: " + std::string(std::strerror(error)));
    io_.read_rest();
    if (!broken_.empty())
      return reason(broken_);
    if (!end_)
      return reason(end_.error());
    return *end_;
  }

  /// Ends a run that cannot be waited for as planned, and waits for that.
  void give_up() {
    static_cast<void>(keeper_.kill());
    static_cast<void>(keeper_.wait());
  }

  [[nodiscard]] std::vector<denial> take_denials() {
    return std::move(denials_);
  }
  [[nodiscard]] std::uint64_t denial_count() const {
    return denial_count_;
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
    switch (e.kind) {
    case what::listener:
      return await_calls(std::move(e.fd));
    case what::running:
      return tell_running();
    case what::held:
    case what::traced:
    case what::untraced:
      if (actors_)
        actors_->take(e);
      return;
    case what::lost:
      broken_ = "the keeper died, and the run with it";
      return finish(e.end);
    case what::ended:
      if (e.end.kind != process::ending::how::setup_failed)
        tell_running(); // it may have ended before the keeper could tell
      return finish(e.end);
    case what::stopped:
    case what::continued:
      return; // a service has no job control
    }
  }

  void tell_running() {
    if (!std::exchange(told_running_, true) && events_.running)
      events_.running(io_.take_pipes());
  }

  /// Actors are made when the first call waits: many runs never trap.
  void await_calls(unique_fd listener) {
    listener_ = std::move(listener);
    home_->watch(listener_.get(), [this](std::uint32_t happened) {
      home_->unwatch(listener_.get());
      if ((happened & EPOLLIN) != 0)
        start_answering();
      else
        listener_.reset(); // nobody uses the filter any more
    });
  }

  void start_answering() {
    // At once: while the actors are made, signals must not break the call, nor
    // the next one of its thread.
    seccomp_notif first{};
    bool received = false, traced = false;
    {
      notify::kernel_calls kernel{listener_.duplicate()};
      received = kernel.receive(first) == 0;
      const auto tid = static_cast<pid_t>(first.pid);
      traced = received && process::catches_signals(tid) && keeper_.trace(tid);
    }
    home_->serve(system_());
    listener_reports reports{
        [this](const outcome& done) { note(done.asked, done.said); },
        [this](std::string why) {
          broken_ = std::move(why);
          static_cast<void>(keeper_.kill()); // the ended event follows
        }};
    actors_.emplace(
        home_, std::move(listener_), supervision_of_plan(), std::move(reports),
        tracing{[this](pid_t tid) { return keeper_.trace(tid); },
                [this](pid_t tid) { return keeper_.release(tid); },
                [this](pid_t tid) { return keeper_.interrupts(tid); }},
        redirection{[this](pid_t tid) { return keeper_.hold_thread(tid); },
                    [this](pid_t tid, int number) {
                      return keeper_.move_thread(tid, number);
                    }});
    if (received)
      actors_->answer(first, traced);
  }

  [[nodiscard]] supervision_plan supervision_of_plan() const {
    const auto& p = *plan_.source;
    supervision_plan made{keeper_.pid(),
                          {},
                          0,
                          keeper_.scopes_signals(),
                          policy::socket_rules(p, plan_.plan)};
    made.mirror = view_;
    // In a view grants are places of the view, which mean nothing here.
    for (const auto& grant : p.grants)
      if (!view_ && grant.wanted == policy::access::write)
        made.write_paths.push_back(grant.path);
    if (p.max_processes)
      made.max_processes = p.max_processes->value;
    made.handlers = handlers_;
    made.passable = plan_.passable;
    return made;
  }

  /// On the hot path: most calls are not refused by policy.
  void note(const notify::request& asked, const answer& said) {
    if (said.about.empty())
      return;
    ++denial_count_;
    const bool keep = denials_.size() < run_result::kept_denials;
    const bool tell = events_.denied && trickle_.lets_through();
    if (!keep && !tell)
      return;
    auto why = policy::why_refused(*plan_.source, asked.op, said.about);
    denial made{std::string(syscall::name_of(asked.op)),
                asked.number,
                asked.tid,
                said.error,
                said.about,
                std::move(why.rule),
                std::move(why.remedy)};
    if (tell)
      events_.denied(made);
    if (keep)
      denials_.push_back(std::move(made));
  }

  void finish(result<process::ending> end) {
    end_ = std::move(end);
    home_->stop();
  }

  process::keeper keeper_;
  streams& io_;
  const policy::compiled_plan& plan_;
  view_ptr view_; ///< null: behind the wall
  const std::vector<user_handler>& handlers_;
  const run_events& events_;
  const std::function<caf::actor_system&()>& system_;
  lane_ptr home_;
  unique_fd listener_; ///< until there are actors
  std::optional<supervision> actors_;
  std::string broken_; ///< why the run was ended by us; empty: it was not
  result<process::ending> end_;
  bool told_running_ = false;
  std::vector<denial> denials_;
  std::uint64_t denial_count_ = 0;
  trickle trickle_;
};

/// The keeper is there; whatever happens now, it is waited for.
or_reason<run_result> keep(process::keeper keeper, const run_request& request,
                           streams& io, const process::launch& launch,
                           const policy::compiled_plan& plan, view_ptr view,
                           int leash, const run_events& events,
                           const std::function<caf::actor_system&()>& system) {
  kept_run run{std::move(keeper), io,     plan,  std::move(view),
               request.handlers,  events, system};
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

} // namespace

std::string what_is_wrong_with(const run_request& request) {
  if (request.plan == nullptr && request.profile == nullptr)
    return "expected a profile or a compiled plan";
  const auto& p
      = request.plan != nullptr ? *request.plan->source : *request.profile;
  if (command_of(request, p).empty())
    return "expected a command, or a profile with program.exec";
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
  io->hand_to(*launch);
  auto keeper = start(*launch, (*plan)->keeper);
  if (!keeper)
    return reason(keeper.error());
  io->started();
  if (auto remote = keeper->remote(); remote && events.spawned)
    events.spawned(std::move(*remote));
  return keep(std::move(*keeper), request, *io, *launch, **plan,
              std::move(*view), leash, events, system);
}

} // namespace cordon::actors
