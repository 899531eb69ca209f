#include "actors/others.hpp"

#include "core/process/others.hpp"
#include "core/process/signalling.hpp"

#include <sys/syscall.h>

#include <cerrno>

namespace cordon::actors {

/// EPERM for somebody who does not belong is ours; else it is the kernel's.
answer others::told(const notify::request& asked, int error) const {
  using syscall::operation;
  const bool by_group = asked.op == operation::priority;
  const auto who = static_cast<std::int32_t>(
      asked.args[by_group || asked.op == operation::owner ? 1 : 0]);
  if (error != EPERM || members_.contains(who))
    return answer::of(error);
  return answer::fail(EPERM, "process " + std::to_string(who));
}

answer others::handle(const notify::request& asked) const {
  using syscall::operation;
  // Nothing of the caller is changed, so it need not wait any more for this to
  // be its own doing; but who asked is told by its number.
  if (!kernel_->valid(asked.id))
    return answer::fail(ESRCH);
  if (asked.number == SYS_sched_getaffinity) {
    const int said = process::tell_cpus(asked);
    return said < 0 ? answer::fail(-said) : answer::give(said);
  }
  if (asked.op == operation::owner)
    return told(asked, process::set_owner(asked, members_));
  if (asked.op != operation::signal)
    return told(asked, process::change_other(asked, members_));
  const auto sent = process::send_signal(asked, members_);
  // Registers alone decided: see signal_answer::pass.
  return sent.pass ? answer::let_pass() : told(asked, sent.error);
}

others::behavior_type others::make_behavior() {
  return {[this](const process_request& asked) {
    reply(asked.call, handle(asked.call->asked()));
  }};
}

} // namespace cordon::actors
