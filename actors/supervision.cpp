#include "actors/supervision.hpp"

#include "actors/accounting.hpp"
#include "actors/metadata.hpp"
#include "actors/others.hpp"
#include "actors/sockets.hpp"
#include "actors/user_handlers.hpp"

#include <sys/syscall.h>

#include <set>

namespace cordon::actors {
namespace {

cordon::metadata::write_roots roots_of(const supervision_plan& plan) {
  cordon::metadata::write_roots roots;
  for (const auto& path : plan.write_paths)
    roots.add(path);
  return roots;
}

paths::surroundings surroundings_in(const supervision_plan& plan) {
  return plan.mirror
             ? surroundings_of(*plan.mirror, {plan.keeper, plan.signal_scope})
             : paths::surroundings{};
}

/// At the end of every route that one of them asked for.
void add_handlers(routes& to, const supervision_plan& plan,
                  const user_actor& whom) {
  std::set<syscall::operation> wanted;
  for (const auto& each : plan.handlers)
    if (const auto* const number = std::get_if<int>(&each.what)) {
      to.add_raw(*number);
      wanted.insert(syscall::operation::raw);
    } else {
      wanted.insert(std::get<syscall::operation>(each.what));
    }
  for (const auto op : wanted)
    to.add<user_request>(op, whom);
}

} // namespace

/// Who answers for files in the wall: calls that Landlock does not see.
path_actor supervision::wall_files(const supervision_plan& plan, routes& to) {
  using enum syscall::operation;
  auto files = spawn_on<actors::metadata>(home_, kernel_, roots_of(plan));
  for (const auto op :
       {chmod, chown, utimens, setxattr, removexattr, setattr, inode_flags})
    to.add<path_request>(op, files);
  return files;
}

/// Who answers for files in a view: every call about a path.
path_actor supervision::view_files(const supervision_plan& plan, routes& to,
                                   redirection moves) {
  auto files = spawn_on<actors::chroot>(
      home_, kernel_, plan.mirror, std::move(moves),
      process::members{plan.keeper, plan.signal_scope}, plan.stub);
  chroot_ = static_cast<actors::chroot*>(
      caf::actor_cast<caf::abstract_actor*>(files));
  for (std::size_t i = 0; i < syscall::operation_count; ++i)
    if (const auto op = static_cast<syscall::operation>(i);
        syscall::is_about_paths(op))
      to.add<path_request>(op, files);
  to.add<path_request>(syscall::operation::inode_flags, files);
  if (!plan.mirror->hostname().empty()) {
    to.add_raw(SYS_uname);
    to.add<path_request>(syscall::operation::raw, files);
  }
  return files;
}

supervision::supervision(lane_ptr home, unique_fd listener,
                         const supervision_plan& plan, listener_reports reports,
                         tracing keeper, redirection moves)
    : home_(std::move(home))
    , kernel_(std::make_shared<notify::kernel_calls>(std::move(listener),
                                                     plan.mirror != nullptr)) {
  routes to;
  files_ = plan.mirror ? view_files(plan, to, std::move(moves))
                       : wall_files(plan, to);
  const auto ends
      = spawn_on<actors::sockets>(home_, kernel_, roots_of(plan), plan.sockets,
                                  plan.mirror, surroundings_in(plan));
  const auto others = spawn_on<actors::others>(
      home_, kernel_, process::members{plan.keeper, plan.signal_scope});
  const auto processes = spawn_on<accounting>(home_, kernel_, plan.keeper,
                                              plan.max_processes, plan.counted);
  using enum syscall::operation;
  for (const auto op : {fork, dumpable})
    to.add<process_request>(op, processes);
  for (const auto op : {connect, listen, bind, socket_name})
    to.add<process_request>(op, ends);
  if (plan.sockets.datagrams)
    to.add<process_request>(send, ends);
  for (const auto op : {limit, priority, schedule, signal, owner})
    to.add<process_request>(op, others);
  if (!plan.handlers.empty())
    add_handlers(
        to, plan,
        spawn_on<user_handlers>(home_, kernel_, plan.handlers, plan.passable));
  subsystems_ = to.everybody();
  listener_ = spawn_on<actors::listener>(home_, std::move(to),
                                         std::move(reports), std::move(keeper));
  // Spawned by us, on this lane: it is what we made.
  impl_ = static_cast<actors::listener*>(
      caf::actor_cast<caf::abstract_actor*>(listener_));
  home_->watch_closely(kernel_->fd(), [this](std::uint32_t events) {
    if (!impl_->receive_all(kernel_, events))
      home_->unwatch(kernel_->fd());
  });
}

void supervision::answer(const seccomp_notif& received, bool asked_to_trace) {
  if (asked_to_trace)
    impl_->asked_already(static_cast<pid_t>(received.pid));
  impl_->take(notify::notification{kernel_, received}, call::clock::now());
}

void supervision::take(const process::keeper_event& about_thread) {
  using what = process::keeper_event::what;
  const std::int32_t thread = about_thread.signal;
  if (about_thread.kind == what::traced)
    caf::anon_send(listener_, traced_atom_v, thread);
  else if (about_thread.kind == what::untraced)
    caf::anon_send(listener_, untraced_atom_v, thread);
  else if (!impl_->held(thread, about_thread.error) && chroot_ != nullptr)
    chroot_->held(thread, about_thread.error);
}

supervision::~supervision() {
  home_->unwatch(kernel_->fd());
  // The listener first: that the others end is no failure then.
  caf::anon_send_exit(listener_, caf::exit_reason::user_shutdown);
  home_->work();
  for (const auto& each : subsystems_)
    caf::anon_send_exit(caf::actor_cast<caf::actor>(each),
                        caf::exit_reason::user_shutdown);
  home_->work();
}

} // namespace cordon::actors
