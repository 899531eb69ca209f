#include "actors/sockets.hpp"

#include "core/paths/socket_files.hpp"
#include "core/sockets/address.hpp"
#include "core/sockets/name.hpp"
#include "core/sockets/take.hpp"

#include <sys/socket.h>

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

/// The lane's thread has a file mode creation mask and a directory of its own:
/// CHROOT saw to that.
std::optional<paths::carrier>
carrier_in(const policy::mirror* mirror,
           const std::shared_ptr<notify::calls>& kernel,
           paths::surroundings with) {
  if (mirror == nullptr)
    return std::nullopt;
  return paths::carrier{
      mirror->view(), mirror->rules(),
      [kernel](std::uint64_t id) { return kernel->valid(id); },
      std::move(with)};
}

std::unique_ptr<const cordon::sockets::files>
files_in(const std::optional<paths::carrier>& carrier,
         const cordon::sockets::bound_names& names,
         std::shared_ptr<notify::calls> kernel,
         cordon::metadata::write_roots roots) {
  if (carrier)
    return std::make_unique<paths::socket_files>(*carrier, names);
  return std::make_unique<cordon::sockets::host_files>(std::move(kernel),
                                                       std::move(roots));
}

} // namespace

sockets::sockets(caf::actor_config& config, lane_ptr home,
                 std::shared_ptr<notify::calls> kernel,
                 cordon::metadata::write_roots roots, cordon::sockets::rules by,
                 std::shared_ptr<const policy::mirror> in,
                 paths::surroundings with)
    : subsystem(config, std::move(home))
    , kernel_(std::move(kernel))
    , mirror_(std::move(in))
    , carrier_(carrier_in(mirror_.get(), kernel_, std::move(with)))
    , files_(files_in(carrier_, names_, kernel_, std::move(roots)))
    , connector_(kernel_, by, *files_, callers_)
    , post_(kernel_, std::move(by), *files_, callers_) {
}

void sockets::handle(const call_ptr& call) {
  const auto& asked = call->asked();
  using syscall::operation;
  if (asked.op == operation::connect)
    return connect(call);
  if (asked.op == operation::send)
    return send(call);
  if (asked.op == operation::bind)
    return reply(call, bind(asked));
  if (asked.op == operation::socket_name)
    return reply(call, socket_name(asked));
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

void sockets::send(const call_ptr& call) {
  const auto begun = post_.begin(call->asked());
  if (!begun)
    return reply(call, answer::fail(begun.error().error, begun.error().about));
  go_on(*begun, owe(call));
}

void sockets::go_on(const sending_ptr& what, const owed& due) {
  using cordon::sockets::sending;
  if (what->go_on() == sending::state::waits)
    return go_on_later(what, due);
  const auto& failed = what->failure();
  due.deliver(failed.error == 0 ? answer::give(what->count())
                                : answer::fail(failed.error, failed.about));
}

void sockets::go_on_later(const sending_ptr& what, const owed& due) {
  if (!later_)
    later_ = std::make_unique<later>(home_ptr(), kernel_);
  const bool started = later_->start(
      due.asked(), [what] { return what->deliver(); },
      [this, what, due](int error, bool signalled) {
        what->delivered(error);
        if (signalled && what->failure().error == EINTR && what->restarts())
          return due.deliver(answer::interrupted());
        go_on(what, due);
      });
  if (!started) {
    what->delivered(EAGAIN);
    go_on(what, due);
  }
}

/// To a socket file of the view. Everything else the kernel may do by itself,
/// whatever a race makes of it: Landlock knows the ports, and lets the program
/// make no file.
answer sockets::bind(const notify::request& asked) {
  using cordon::sockets::address;
  const auto socket = cordon::sockets::take_fd(callers_, asked.tid,
                                               static_cast<int>(asked.args[0]));
  if (!socket)
    return answer::fail(socket.error().code);
  const auto found = cordon::sockets::look_at(*socket);
  auto where = cordon::sockets::parse_address(asked.value);
  if (!found || found->domain != AF_UNIX || asked.unreadable
      || where.what != address::kind::path)
    return answer::let_pass();
  if (!kernel_->valid(asked.id))
    return answer::fail(ESRCH);
  std::string bound;
  const auto spell = [&](std::string_view leaf) {
    return bound = names_.spell(leaf, where.path);
  };
  auto said = carrier_->bind_socket(asked, where.path, socket->get(), spell);
  if (said.error != 0)
    return answer::fail(said.error, std::move(said.about));
  names_.remember(std::move(bound), std::move(where.path));
  return answer::give(0);
}

/// Who has no name of ours is told by the kernel: registers alone say so much
/// that nothing is granted by it.
answer sockets::socket_name(const notify::request& asked) {
  const auto socket = cordon::sockets::take_fd(callers_, asked.tid,
                                               static_cast<int>(asked.args[0]));
  if (!socket)
    return answer::fail(socket.error().code);
  const auto path = cordon::sockets::path_of(
      *socket, asked.at_flags == static_cast<int>(syscall::of_peer));
  const auto* const called = path ? names_.find(*path) : nullptr;
  if (called == nullptr || *called == *path)
    return answer::let_pass();
  if (!kernel_->valid(asked.id))
    return answer::fail(ESRCH);
  return answer::of(cordon::sockets::give_path(asked, *called));
}

void sockets::on_exit() {
  later_.reset();
}

sockets::behavior_type sockets::make_behavior() {
  return {[this](const process_request& asked) { handle(asked.call); }};
}

} // namespace cordon::actors
