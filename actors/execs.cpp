#include "actors/execs.hpp"

#include "core/exec/greet.hpp"
#include "core/exec/name_page.hpp"
#include "core/linux/calls.hpp"
#include "core/process/family.hpp"

#include <fcntl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <optional>

namespace cordon::actors {
namespace {

/// The process of a thread: mostly it is the first one. The kernel looks for
/// it before it asks whether it may be signalled.
std::optional<pid_t> process_of(pid_t tid) {
  if (sys::tgkill(tid, tid, 0) == 0 || errno == EPERM)
    return tid;
  return process::process_of(tid);
}

} // namespace

void execs::take(owed call) {
  if (exec::is_greeting(call.asked()) && greet(call))
    return;
  seen(call.asked().tid);
  if (asked_for_.size() < most_at_once && waiting_.empty())
    start(call);
  else
    waiting_.push_back(std::move(call));
}

/// Whether it was the stub of a process that is to become a program. Then there
/// is no way back.
bool execs::greet(const owed& call) {
  const auto& asked = call.asked();
  const auto what
      = intents_.take({asked.tid, static_cast<unsigned>(asked.args[2])});
  if (!what)
    return false;
  // In the memory that vfork(2) shared.
  if (const auto found = overwritten_.find(asked.tid);
      found != overwritten_.end())
    put_back(asked.tid, found->second.parent);
  const int error = exec::hand_over(*kernel_, asked, *what, stub_);
  debugged_.note(asked.tid, what->trap);
  call.deliver(error == 0 ? answer::let_begin() : answer::kill_caller());
  return true;
}

void execs::start(const owed& call) {
  const auto& asked = call.asked();
  const auto process = process_of(asked.tid);
  if (!process)
    return call.deliver(answer::fail(ESRCH));
  if (intents_.full())
    return call.deliver(answer::fail(EAGAIN));
  exec::startable what;
  if (auto said = preparer_.prepare(asked, what); said.error != 0)
    return call.deliver(answer::fail(said.error, std::move(said.about)));
  if (exec::only_checks(asked))
    return call.deliver(answer::give(0));
  if (!kernel_->valid(asked.id))
    return call.deliver(answer::fail(ESRCH));
  if (!exec::has_name_page(asked.tid, stub_))
    return start_in_place(call, *process, std::move(what), false);
  what.trap = debugged_.trap_of(asked, *process, false);
  const auto intent = intents_.reserve(*process, asked.tid);
  if (!intent)
    return call.deliver(answer::fail(EAGAIN));
  intents_.add(*intent, asked.tid, std::move(what));
  const std::size_t lists = asked.number == SYS_execveat ? 2 : 1;
  const std::uint64_t arguments[] = {exec::name_with(intent->token),
                                     asked.args[lists], asked.args[lists + 1]};
  if (!keeper_ || !keeper_(asked.tid, arguments)) {
    intents_.take_back(*intent);
    return call.deliver(answer::fail(EIO));
  }
  asked_for_.insert_or_assign(asked.tid, asked_for{call, *intent});
}

/// The kernel runs the call, after all, with another path. Should somebody
/// change that, the wall still lets nothing but the stub run.
void execs::start_in_place(const owed& call, pid_t process,
                           exec::startable what, bool traced) {
  const auto& asked = call.asked();
  const auto intent = intents_.reserve(process, asked.tid);
  if (!intent)
    return call.deliver(answer::fail(EAGAIN));
  if (!stub_file_)
    stub_file_.reset(::open(stub_.c_str(), O_RDONLY | O_CLOEXEC));
  const int number = stub_file_ ? kernel_->add_fd({asked.id, asked.tid},
                                                  stub_file_.get(), true)
                                : -errno;
  if (number < 0)
    return call.deliver(answer::fail(-number));
  if (!kernel_->valid(asked.id))
    return call.deliver(answer::fail(ESRCH));
  what.trap = debugged_.trap_of(asked, process, traced);
  exec::overwritten undo;
  if (const int error
      = exec::overwrite_path(asked, number, intent->token, what, undo);
      error != 0)
    return call.deliver(answer::fail(error));
  overwritten_.insert_or_assign(asked.tid, std::move(undo));
  intents_.add(*intent, asked.tid, std::move(what));
  call.deliver(answer::let_pass());
}

/// What thread `of` left, in the memory of `in`.
void execs::put_back(pid_t of, pid_t in) {
  const auto found = overwritten_.find(of);
  if (found == overwritten_.end())
    return;
  exec::put_back(in, found->second);
  overwritten_.erase(found);
}

bool execs::held(pid_t tid, int error) {
  const auto found = asked_for_.find(tid);
  if (found == asked_for_.end())
    return false;
  const auto [call, intent] = std::move(found->second);
  asked_for_.erase(found);
  // What it returns nobody sees: the thread makes the keeper's call next.
  if (error == 0)
    call.deliver(answer::give(0));
  else if (auto what = intents_.take_back(intent)) // traced by somebody else
    start_in_place(call, intent.process, std::move(*what), true);
  else
    call.deliver(answer::fail(error));
  start_waiting();
  return true;
}

void execs::start_waiting() {
  while (!waiting_.empty() && asked_for_.size() < most_at_once) {
    const auto next = std::move(waiting_.front());
    waiting_.pop_front();
    start(next);
  }
}

} // namespace cordon::actors
