#include "actors/errands.hpp"

#include "core/process/fd_message.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace cordon::actors {
namespace {

answer refusal(const errands::otherwise& instead, int error) {
  return instead ? instead() : answer::fail(error);
}

} // namespace

void errands::start(owed call, kind what, unique_fd fd, otherwise instead) {
  const auto tid = call.asked().tid;
  if (!keeper_.hold || !keeper_.hold(tid))
    return call.deliver(refusal(instead, EIO));
  under_way_.insert_or_assign(
      tid, each{std::move(call), what, std::move(fd), std::move(instead)});
}

void errands::begin_waiting() {
  while (!waiting_.empty() && under_way_.size() < most_at_once) {
    const auto next = std::move(waiting_.front());
    waiting_.pop_front();
    next();
  }
}

void errands::held(pid_t tid, int error) {
  const auto found = under_way_.find(tid);
  if (found == under_way_.end())
    return;
  auto one = std::move(found->second);
  under_way_.erase(found);
  if (error != 0)
    one.call.deliver(refusal(one.instead, error));
  else
    send_on(one);
  begin_waiting();
}

/// What the call returns is what the keeper puts there, when all is well.
void errands::send_on(const each& one) {
  const auto& asked = one.call.asked();
  const int number
      = one.what == kind::go
            ? kernel_->add_fd({asked.id, asked.tid}, one.fd.get(), true)
            : give_socket(one);
  const bool sent = keeper_.send(asked.tid, one.what, number);
  if (number >= 0)
    one.call.deliver(sent ? answer::give(0) : answer::fail(EIO));
  else if (number == -EMFILE)
    one.call.deliver(answer::fail(EMFILE));
  else
    one.call.deliver(refusal(one.instead, -number));
}

/// A socket of the caller's in which the fd waits; its number, or minus an
/// errno. Nobody holds the other end any more.
int errands::give_socket(const each& one) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return -errno;
  const unique_fd ours{ends[0]}, theirs{ends[1]};
  char byte = 0;
  process::fd_message<1> message{&byte, sizeof byte};
  const int number = one.fd.get();
  std::memcpy(CMSG_DATA(message.attach(1)), &number, sizeof number);
  if (::sendmsg(ours.get(), &message.header, MSG_NOSIGNAL) < 0)
    return -errno;
  const auto& asked = one.call.asked();
  return kernel_->add_fd({asked.id, asked.tid}, theirs.get(), true);
}

} // namespace cordon::actors
