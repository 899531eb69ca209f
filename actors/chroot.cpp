#include "actors/chroot.hpp"

#include "core/exec/images.hpp"
#include "core/process/uname.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>

#include <cerrno>
#include <utility>

namespace cordon::actors {

using syscall::operation;

namespace {

bool may_be_errand(const notify::request& asked) {
  return asked.op == operation::chdir
         || (asked.op == operation::open && (asked.open_flags & O_PATH) != 0);
}

} // namespace

paths::surroundings surroundings_of(const policy::mirror& in,
                                    const process::members& who) {
  paths::surroundings made;
  made.is_member = [who](pid_t tid) { return who.contains(tid); };
  // The process says it itself: a path to look up, no more.
  made.program_of = [](pid_t process) { return exec::image_of(process); };
  made.keeper = who.keeper();
  made.hostname = in.hostname();
  made.sorted = in.sorts_listings();
  return made;
}

redirection redirection_by(process::keeper& by) {
  return {{[&by](pid_t tid) { return by.hold_thread(tid); },
           [&by](pid_t tid, errands::kind what, int number) {
             return by.send_thread(tid, what, number);
           }},
          [&by](pid_t tid, const std::uint64_t(&arguments)[3]) {
            return by.run_in_thread(tid, arguments);
          }};
}

chroot::chroot(caf::actor_config& config, lane_ptr home,
               std::shared_ptr<notify::calls> kernel,
               std::shared_ptr<const policy::mirror> in, redirection keeper,
               process::members who, std::string stub)
    : subsystem(config, std::move(home))
    , kernel_(std::move(kernel))
    , mirror_(std::move(in))
    , carrier_(
          mirror_->view(), mirror_->rules(),
          [this](std::uint64_t id) { return kernel_->valid(id); },
          surroundings_of(*mirror_, who))
    , execs_(kernel_, carrier_, std::move(keeper.run), std::move(stub))
    , errands_(kernel_, std::move(keeper.on_errands)) {
  // What is made on somebody's behalf gets that one's mask, not a neighbour
  // thread's.
  if (::unshare(CLONE_FS) != 0)
    throw std::system_error(errno, std::generic_category(), "unshare");
}

answer chroot::answer_of(paths::outcome said) {
  if (said.error != 0)
    return answer::fail(said.error, std::move(said.about));
  if (said.fd)
    return answer::give_fd(std::move(said.fd), said.close_on_exec);
  return answer::give(said.value);
}

/// The kernel's own working directory is the truth: the caller goes there.
void chroot::change_directory(const owed& due) {
  auto found = carrier_.open_directory(due.asked());
  if (found.error != 0)
    return due.deliver(answer_of(std::move(found)));
  const auto what
      = found.instead ? errands::kind::take_and_go : errands::kind::go;
  send_on(due, what, std::move(found));
}

void chroot::send_on(const owed& due, errands::kind what,
                     paths::outcome found) {
  errands::otherwise instead;
  if (found.instead)
    instead = [said = std::move(found.instead)] { return answer_of(said()); };
  errands_.start(due, what, std::move(found.fd), std::move(instead));
}

void chroot::held(pid_t tid, int error) {
  if (!execs_.held(tid, error))
    errands_.held(tid, error);
}

/// The other end of a FIFO, the holder of a lease: whom the caller waits for,
/// the lane does not.
void chroot::finish_later(const owed& due,
                          std::function<paths::outcome()> rest) {
  if (!later_)
    later_ = std::make_unique<later>(home_ptr(), kernel_);
  const auto made = std::make_shared<paths::outcome>();
  const bool started = later_->start(
      due.asked(),
      [made, rest = std::move(rest)] {
        *made = rest();
        return made->error;
      },
      [made, due](int error, bool signalled) {
        if (error == 0 && made->finish)
          *made = made->finish();
        due.deliver(signalled    ? answer::interrupted()
                    : error != 0 ? answer::fail(error)
                                 : answer_of(std::move(*made)));
      });
  if (!started)
    due.deliver(answer::fail(EAGAIN));
}

void chroot::carry_out(const call_ptr& call) {
  auto said = carrier_.carry_out(call->asked());
  if (said.rest || said.instead)
    return go_on(owe(call), std::move(said));
  reply(call, answer_of(std::move(said)));
}

void chroot::go_on(const owed& due, paths::outcome said) {
  if (said.rest)
    return finish_later(due, std::move(said.rest));
  if (!said.instead)
    return due.deliver(answer_of(std::move(said)));
  const auto what = said.close_on_exec ? errands::kind::take_close_on_exec
                                       : errands::kind::take;
  send_on(due, what, std::move(said));
}

/// A call that waited for its turn to send its thread on an errand.
void chroot::begin_anew(const owed& due) {
  if (due.asked().op == operation::chdir)
    return change_directory(due);
  go_on(due, carrier_.carry_out(due.asked()));
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
  if (may_be_errand(asked) && errands_.is_full())
    return errands_.wait([this, due = owe(call)] { begin_anew(due); });
  if (asked.op == operation::chdir)
    return change_directory(owe(call));
  if (asked.op == operation::raw)
    return reply(call, tell_name(asked));
  carry_out(call);
}

void chroot::on_exit() {
  later_.reset();
  execs_.let_go();
  errands_.let_go();
}

chroot::behavior_type chroot::make_behavior() {
  return {[this](const path_request& asked) { take(asked.call); }};
}

} // namespace cordon::actors
