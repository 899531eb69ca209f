#include "actors/sockets.hpp"

#include <cerrno>

namespace cordon::actors {
namespace {

using namespace std::chrono_literals;
using cordon::sockets::connection;

/// A local connection is there at once, or its listener has no room. It is
/// tried on the lane: a hop to another thread would cost many times more.
constexpr auto at_once = 200us;

/// An errno of connect(2), as an answer.
answer told(const connection& made, int error) {
  // Landlock says EACCES for a port, and EPERM for an abstract name.
  const bool by_policy = made.is_local() ? error == EPERM : error == EACCES;
  return by_policy ? answer::fail(error, made.about()) : answer::of(error);
}

} // namespace

sockets::sockets(caf::actor_config& config, lane_ptr home,
                 std::shared_ptr<notify::calls> kernel,
                 cordon::metadata::write_roots roots, cordon::sockets::rules by)
    : subsystem(config, std::move(home))
    , kernel_(std::move(kernel))
    , roots_(std::move(roots))
    , connector_(kernel_, std::move(by), roots_) {
}

void sockets::handle(const call_ptr& call) {
  const auto& asked = call->asked();
  if (asked.op == syscall::operation::connect)
    return connect(call);
  auto refused = connector_.listen(asked);
  reply(call, refused.error == 0
                  ? answer::give(0)
                  : answer::fail(refused.error, std::move(refused.about)));
}

void sockets::connect(const call_ptr& call) {
  auto prepared = connector_.prepare(call->asked());
  if (!prepared)
    return reply(call, answer::fail(prepared.error().error,
                                    std::move(prepared.error().about)));
  const auto made = std::make_shared<connection>(std::move(*prepared));
  // A socket that does not block now may do so a moment later, when another
  // thread of the program wants the lane to hang: hence the limit.
  if (limit_.works() && (made->is_local() || !made->blocks())) {
    const int error = limit_.run(at_once, [&] { return made->attempt(); });
    if (error != EINTR)
      return reply(call, told(*made, error));
  }
  connect_later(call, made);
}

void sockets::connect_later(const call_ptr& call, const connection_ptr& made) {
  if (!later_)
    later_ = std::make_unique<later>(home_ptr(), kernel_);
  const bool started = later_->start(
      call->asked(), [made] { return made->attempt(); },
      [made, due = owe(call)](int error, bool signalled) {
        due.deliver(signalled && made->restarts() ? answer::interrupted()
                                                  : told(*made, error));
      });
  if (!started)
    reply(call, answer::fail(EAGAIN));
}

void sockets::on_exit() {
  later_.reset();
}

sockets::behavior_type sockets::make_behavior() {
  return {[this](const process_request& asked) { handle(asked.call); }};
}

} // namespace cordon::actors
