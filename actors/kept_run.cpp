#include "actors/kept_run.hpp"

#include "core/base/log.hpp"
#include "core/process/signals.hpp"
#include "policy/lane_domain.hpp"
#include "policy/plan_text.hpp"
#include "policy/profile_text.hpp"
#include "policy/refusal.hpp"

#include <sys/epoll.h>

#include <cstring>
#include <system_error>

namespace cordon::actors {
namespace {

int code_of(const result<void>& done) {
  return done ? 0 : done.error().code;
}

} // namespace

bool trickle::lets_through() {
  const auto now = lane::clock::now();
  if (now - since_ >= std::chrono::seconds{1}) {
    since_ = now;
    count_ = 0;
  }
  return ++count_ <= most;
}

kept_run::kept_run(kept_parts parts)
    : with_(std::move(parts))
    , home_(std::make_shared<lane>()) {
  if (!with_.shown)
    return;
  auto* const board = with_.shown->board();
  board->keeper_started(with_.keeper.pid());
  record_plan to;
  to.board = board;
  if (const auto& most = with_.plan.source->max_processes)
    to.max_processes = most->value;
  record_.emplace(std::move(to));
}

tl::expected<process::ending, std::string> kept_run::wait(int leash) {
  home_->watch(with_.keeper.fd(), [this](std::uint32_t) { take_event(); });
  home_->watch(leash, [this, leash](std::uint32_t) {
    static_cast<void>(with_.keeper.kill()); // if it is gone, `receive` tells
    home_->unwatch(leash);                  // once is enough
  });
  with_.io.read_on(*home_);
  await_visitors();
  const int error = home_->run();
  close_door();
  actors_.reset();
  if (error != 0)
    return tl::make_unexpected("cannot wait: "
                               + std::string(std::strerror(error)));
  with_.io.read_rest();
  if (!broken_.empty())
    return tl::make_unexpected(broken_);
  if (!end_)
    return tl::make_unexpected(end_.error().message());
  return *end_;
}

void kept_run::give_up() {
  static_cast<void>(with_.keeper.kill());
  static_cast<void>(with_.keeper.wait());
}

void kept_run::take_event() {
  using what = process::keeper_event::what;
  auto event = with_.keeper.receive();
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

void kept_run::tell_running() {
  if (!std::exchange(told_running_, true) && with_.events.running)
    with_.events.running(with_.io.take_pipes());
}

/// Actors are made when the first call waits: many runs never trap.
void kept_run::await_calls(unique_fd listener) {
  listener_ = std::move(listener);
  home_->watch(listener_.get(), [this](std::uint32_t happened) {
    home_->unwatch(listener_.get());
    if ((happened & EPOLLIN) != 0)
      start_answering();
    else
      listener_.reset(); // nobody uses the filter any more
  });
}

void kept_run::start_answering() {
  // At once: while the actors are made, signals must not break the call, nor
  // the next one of its thread.
  seccomp_notif first{};
  bool received = false, traced = false;
  {
    notify::kernel_calls kernel{listener_.duplicate()};
    received = kernel.receive(first) == 0;
    const auto tid = static_cast<pid_t>(first.pid);
    traced
        = received && process::catches_signals(tid) && with_.keeper.trace(tid);
  }
  serve();
  listener_reports reports{
      [this](const outcome& done) { note(done); },
      [this](std::string why) {
        broken_ = std::move(why);
        static_cast<void>(with_.keeper.kill()); // the ended event follows
      }};
  actors_.emplace(
      home_, std::move(listener_), supervision_of_plan(), std::move(reports),
      tracing{
          [this](pid_t tid) { return with_.keeper.trace(tid); },
          [this](pid_t tid) { return with_.keeper.release(tid); },
          [this](pid_t tid) { return with_.keeper.interrupts(tid); },
          [this](pid_t tid) { return with_.keeper.let_go_and_repeat(tid); }},
      redirection_by(with_.keeper));
  if (received)
    actors_->answer(first, traced);
}

/// The same for the first visitor: most runs never have one.
void kept_run::await_visitors() {
  if (!with_.shown)
    return;
  const int door = with_.shown->endpoint();
  home_->watch(door, [this, door](std::uint32_t) {
    home_->unwatch(door);
    open_door();
  });
}

void kept_run::open_door() {
  try {
    serve();
  } catch (const std::system_error& e) {
    // Nothing of this is the program's fault; it goes on, unvisited.
    return log::warn(std::string("cannot answer at the control endpoint: ")
                     + e.what());
  }
  control_ = spawn_on<control>(home_, controls_of_plan());
  door_.emplace(home_, with_.shown->endpoint(), control_);
}

/// Whoever has asked by now is answered first.
void kept_run::close_door() {
  door_.reset();
  if (!control_)
    return;
  caf::anon_send_exit(control_, caf::exit_reason::user_shutdown);
  control_ = nullptr;
  home_->work();
}

/// From now on there can be actors.
void kept_run::serve() {
  if (has_system_)
    return;
  home_->serve(with_.system());
  has_system_ = true;
}

supervision_plan kept_run::supervision_of_plan() {
  const auto& p = *with_.plan.source;
  supervision_plan made{with_.keeper.pid(),
                        {},
                        0,
                        with_.keeper.scopes_signals(),
                        policy::socket_rules(p, with_.plan.plan)};
  made.mirror = with_.view;
  made.stub = with_.stub;
  // In a view grants are places of the view, which mean nothing here.
  for (const auto& grant : p.grants)
    if (!with_.view && grant.wanted == policy::access::write)
      made.write_paths.push_back(grant.path);
  if (p.max_processes)
    made.max_processes = p.max_processes->value;
  made.handlers = with_.handlers;
  made.passable = with_.plan.passable;
  if (record_)
    made.counted = [this](std::size_t n) { record_->counted(n); };
  return made;
}

controls kept_run::controls_of_plan() {
  controls made;
  made.signal
      = [this](int number) { return code_of(with_.keeper.signal(number)); };
  made.end = [this] { return code_of(with_.keeper.kill()); };
  for (const auto& line : policy::describe_plan(with_.plan.plan))
    made.policy_text += line + "\n";
  made.policy_toml = policy::to_toml(*with_.plan.source);
  return made;
}

/// On the hot path: most calls are not refused by policy.
void kept_run::note(const outcome& done) {
  if (record_)
    record_->answered(done);
  const auto& asked = done.asked;
  const auto& said = done.said;
  if (said.about.empty())
    return;
  ++denial_count_;
  const bool keep = denials_.size() < run_result::kept_denials;
  const bool tell = with_.events.denied && trickle_.lets_through();
  if (!keep && !tell)
    return;
  auto why = policy::why_refused(*with_.plan.source, asked.op, said.about);
  denial made{std::string(syscall::name_of(asked.op)),
              asked.number,
              asked.tid,
              said.error,
              said.about,
              std::move(why.rule),
              std::move(why.remedy)};
  if (tell)
    with_.events.denied(made);
  if (keep)
    denials_.push_back(std::move(made));
}

void kept_run::finish(result<process::ending> end) {
  end_ = std::move(end);
  home_->stop();
}

} // namespace cordon::actors
