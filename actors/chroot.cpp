#include "actors/chroot.hpp"

#include "core/exec/images.hpp"
#include "core/process/uname.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>

#include <cerrno>
#include <chrono>
#include <utility>

namespace cordon::actors {

using syscall::operation;

chroot::chroot(caf::actor_config& config, lane_ptr home,
               std::shared_ptr<notify::calls> kernel,
               std::shared_ptr<const policy::mirror> in, redirection keeper,
               process::members who, std::string stub)
    : subsystem(config, std::move(home))
    , kernel_(std::move(kernel))
    , mirror_(std::move(in))
    , members_(who)
    , keeper_(std::move(keeper))
    , carrier_(
          mirror_->view(), mirror_->rules(),
          [this](std::uint64_t id) { return kernel_->valid(id); },
          surroundings())
    , execs_(kernel_, carrier_, keeper_.run, std::move(stub),
             [this] { look_at_execs_later(); }) {
  // What is made on somebody's behalf gets that one's mask, not a neighbour
  // thread's.
  if (::unshare(CLONE_FS) != 0)
    throw std::system_error(errno, std::generic_category(), "unshare");
}

/// Asked for while the carrier is made: what it holds is there already.
paths::surroundings chroot::surroundings() const {
  paths::surroundings made;
  made.is_member = [who = members_](pid_t tid) { return who.contains(tid); };
  // The process says it itself: a path to look up, no more.
  made.program_of = [](pid_t process) { return exec::image_of(process); };
  made.keeper = members_.keeper();
  made.hostname = mirror_->hostname();
  made.sorted = mirror_->sorts_listings();
  return made;
}

answer chroot::answer_of(paths::outcome said) {
  if (said.error != 0)
    return answer::fail(said.error, std::move(said.about));
  if (said.fd)
    return answer::give_fd(std::move(said.fd), said.close_on_exec);
  return answer::give(said.value);
}

void chroot::change_directory(const call_ptr& call) {
  const auto& asked = call->asked();
  auto found = carrier_.open_directory(asked);
  if (found.error != 0)
    return reply(call, answer_of(std::move(found)));
  if (!keeper_.hold || !keeper_.hold(asked.tid))
    return reply(call, answer::fail(EIO));
  moving_.insert_or_assign(asked.tid, moving{owe(call), std::move(found.fd)});
}

void chroot::held(pid_t tid, int error) {
  if (execs_.held(tid, error))
    return;
  const auto found = moving_.find(tid);
  if (found == moving_.end())
    return;
  const auto who = std::move(found->second);
  moving_.erase(found);
  if (error != 0)
    return who.promise.deliver(answer::fail(error));
  const int number
      = kernel_->add_fd(who.promise.asked().id, who.directory.get(), true);
  const bool sent = keeper_.change_directory(tid, number);
  // What the call returns is what the keeper puts there, when all is well.
  if (number < 0)
    who.promise.deliver(answer::fail(-number));
  else
    who.promise.deliver(sent ? answer::give(0) : answer::fail(EIO));
}

/// The other end of a FIFO, the holder of a lease: whom the caller waits for,
/// the lane does not.
void chroot::finish_later(const call_ptr& call,
                          std::function<paths::outcome()> rest) {
  if (!later_)
    later_ = std::make_unique<later>(home_ptr(), kernel_);
  const auto made = std::make_shared<paths::outcome>();
  const bool started = later_->start(
      call->asked(),
      [made, rest = std::move(rest)] {
        *made = rest();
        return made->error;
      },
      [made, due = owe(call)](int error, bool signalled) {
        due.deliver(signalled    ? answer::interrupted()
                    : error != 0 ? answer::fail(error)
                                 : answer_of(std::move(*made)));
      });
  if (!started)
    reply(call, answer::fail(EAGAIN));
}

void chroot::carry_out(const call_ptr& call) {
  auto said = carrier_.carry_out(call->asked());
  if (said.rest)
    finish_later(call, std::move(said.rest));
  else
    reply(call, answer_of(std::move(said)));
}

/// uname(2); other numbers are for others.
answer chroot::tell_name(const notify::request& asked) const {
  if (asked.number != SYS_uname)
    return {};
  if (!kernel_->valid(asked.id))
    return answer::fail(ESRCH);
  return answer::of(process::write_uname(asked, mirror_->hostname()));
}

void chroot::take(const call_ptr& call) {
  const auto& asked = call->asked();
  if (asked.op == operation::exec)
    return execs_.take(owe(call));
  execs_.seen(asked.tid);
  if (asked.op == operation::chdir)
    return change_directory(call);
  if (asked.op == operation::raw)
    return reply(call, tell_name(asked));
  carry_out(call);
}

void chroot::look_at_execs_later() {
  if (std::exchange(will_look_, true))
    return;
  using namespace std::chrono_literals;
  home().after(1ms, [self = caf::actor_cast<path_actor>(this), this] {
    will_look_ = false;
    execs_.look_again();
  });
}

void chroot::on_exit() {
  later_.reset();
  execs_.let_go();
}

chroot::behavior_type chroot::make_behavior() {
  return {[this](const path_request& asked) { take(asked.call); }};
}

} // namespace cordon::actors
