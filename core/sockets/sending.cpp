#include "core/sockets/sending.hpp"

#include "core/linux/calls.hpp"
#include "core/process/family.hpp"
#include "core/sockets/address.hpp"
#include "core/sockets/connect.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>

#include <algorithm>
#include <utility>

namespace cordon::sockets {
namespace {

constexpr std::uint32_t most_messages = 1024; // UIO_MAXIOV
constexpr std::uint64_t message_size = sizeof(mmsghdr);
constexpr int compat = static_cast<int>(0x80000000); // MSG_CMSG_COMPAT
/// Our copy would be sent, and its pages changed before they have left. A
/// socket that has not asked for it ignores the flag.
constexpr int zero_copy = 0x4000000;
constexpr int fast_open = 0x20000000; // never gets here: the filter refuses it

/// So long others wait for one call. A sendmmsg(2) of 1024 messages with as
/// many fds as they can have would take most of a second.
constexpr auto one_turn = std::chrono::milliseconds{2};

auto refuse(int error, std::string about = {}) {
  return tl::make_unexpected(refusal{error, std::move(about)});
}

bool is_many(const notify::request& asked) {
  return asked.number == SYS_sendmmsg;
}

int flags_of(const notify::request& asked) {
  const std::size_t at = asked.number == SYS_sendmsg ? 2 : 3;
  return static_cast<int>(asked.args[at]);
}

/// SO_SNDTIMEO; 0 means none.
std::optional<std::chrono::microseconds> time_limit(const unique_fd& socket) {
  timeval limit{};
  socklen_t size = sizeof limit;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, &size) != 0
      || (limit.tv_sec == 0 && limit.tv_usec == 0))
    return std::nullopt;
  return std::chrono::seconds{limit.tv_sec}
         + std::chrono::microseconds{limit.tv_usec};
}

bool wants_zero_copy(const unique_fd& socket, int flags) {
  constexpr int so_zerocopy = 60;
  int on = 0;
  socklen_t size = sizeof on;
  return (flags & zero_copy) != 0
         && ::getsockopt(socket.get(), SOL_SOCKET, so_zerocopy, &on, &size) == 0
         && on != 0;
}

} // namespace

auto post_office::begin(const notify::request& asked)
    -> or_refusal<std::shared_ptr<sending>> {
  const int flags = flags_of(asked);
  if (asked.number != SYS_sendto && (flags & compat) != 0)
    return refuse(EINVAL);
  auto socket = take_fd(callers_, asked.tid, static_cast<int>(asked.args[0]));
  if (!socket)
    return refuse(socket.error().code);
  const auto kind = look_at(*socket);
  if (!kind)
    return refuse(kind.error().code);
  // What the kernel says where it cannot keep count of such pages.
  if (wants_zero_copy(*socket, flags))
    return refuse(ENOBUFS);
  channel by;
  by.kind = *kind;
  by.id = asked.id;
  by.tid = asked.tid;
  by.flags = flags & ~(zero_copy | fast_open | compat);
  by.blocks = (flags & MSG_DONTWAIT) == 0
              && (::fcntl(socket->get(), F_GETFL) & O_NONBLOCK) == 0;
  by.limit = time_limit(*socket);
  by.socket = std::move(*socket);
  auto made = std::make_shared<sending>();
  made->office_ = this;
  made->asked_ = asked;
  made->by_ = std::make_shared<const channel>(std::move(by));
  if (is_many(asked))
    made->messages_
        = std::min(static_cast<std::uint32_t>(asked.args[2]), most_messages);
  made->over_ = made->messages_ == 0;
  return made;
}

result<std::shared_ptr<courier>> post_office::messenger() {
  if (courier_ == nullptr || courier_->is_dead()) {
    auto made = courier::start();
    if (!made)
      return tl::make_unexpected(made.error());
    courier_ = std::move(*made);
  }
  return courier_;
}

or_refusal<outgoing> sending::read() const {
  const notify::target_memory memory{asked_.tid};
  const auto at
      = asked_.args[1]
        + (is_many(asked_) ? message_size * static_cast<std::uint64_t>(count_)
                           : 0);
  auto made = asked_.number == SYS_sendto ? read_sendto(asked_)
                                          : read_header(memory, at);
  if (!made)
    return refuse(made.error().code);
  return std::move(*made);
}

/// Only to an AF_UNIX socket of datagrams an address means something; the
/// kernel itself refuses it, or ignores it, where it does not.
or_refusal<receiver> sending::find_receiver(const std::string& address) const {
  const auto& kind = by_->kind;
  const bool is_tcp = (kind.domain == AF_INET || kind.domain == AF_INET6)
                      && kind.type == SOCK_STREAM
                      && kind.protocol == IPPROTO_TCP;
  if (address.empty() || is_tcp)
    return receiver{};
  if (kind.domain != AF_UNIX)
    return refuse(EACCES, "a socket that is neither AF_UNIX nor TCP");
  if (kind.type != SOCK_DGRAM)
    return receiver{address, {}};
  auto where = parse_address(address);
  if (where.what == address::kind::abstract
      && !office_->rules_.connect_abstract)
    return refuse(EPERM, "an abstract socket");
  if (where.what != address::kind::path)
    return receiver{address, {}};
  auto file = office_->files_.find(asked_, std::move(where.path));
  if (!file)
    return tl::make_unexpected(std::move(file.error()));
  auto leads_there = address_of_fd(file->fd.get());
  return receiver{std::move(leads_there), std::move(file->fd)};
}

refusal sending::prepare() {
  auto what = read();
  if (!what)
    return std::move(what.error());
  std::shared_ptr<courier> sender;
  // To other families fds and credentials mean nothing.
  result<carried_control> control{carried_control{what->control, {}}};
  if (by_->kind.domain == AF_UNIX) {
    auto found = office_->messenger();
    if (!found)
      return {EAGAIN, {}};
    sender = std::move(*found);
    control = carry_control(what->control, asked_.tid, sender->pid());
  }
  if (!control)
    return {control.error().code, {}};
  auto to = find_receiver(what->address);
  if (!to)
    return std::move(to.error());
  if (!office_->kernel_->valid(asked_.id))
    return {ESRCH, {}};
  now_ = std::make_unique<letter>(by_, office_->kernel_, std::move(sender),
                                  std::move(*what), std::move(*control),
                                  std::move(*to));
  return {};
}

/// Our fds are not for one program to use up: the kernel's own limit, and its
/// errno, are of fds that are on their way. Room for one message there is
/// always.
std::size_t post_office::most_held() noexcept {
  constexpr std::size_t one_message = 253, share = 8;
  rlimit now{};
  return ::getrlimit(RLIMIT_NOFILE, &now) == 0
             ? std::max<std::size_t>(one_message, now.rlim_cur / share)
             : one_message;
}

/// Whether a thread that may wait can have the message, with its fds.
bool sending::hand_on() {
  const auto more = now_->carried();
  if (more > 0 && office_->held_ + more > post_office::most_held())
    return false;
  held_ = more;
  office_->held_ += more;
  return true;
}

sending::state sending::go_on() {
  using clock = std::chrono::steady_clock;
  const auto until = clock::now() + one_turn;
  while (!over_) {
    if (auto said = prepare(); said.error != 0) {
      finish(std::move(said));
      break;
    }
    if (count_ > 0 && clock::now() > until && hand_on())
      return state::waits;
    int error = now_->attempt();
    if (error == EAGAIN && by_->blocks) {
      if (hand_on())
        return state::waits;
      error = ETOOMANYREFS;
    }
    delivered(error);
  }
  return state::over;
}

void sending::delivered(int error) {
  office_->held_ -= std::exchange(held_, 0);
  if (error == EPIPE && now_->sent() == 0)
    raise_sigpipe();
  // Who has sent some of a stream is told so, and the rest the next time.
  if (error != 0 && now_->sent() == 0)
    return finish({error, {}});
  sent(now_->sent());
}

/// One message has gone.
void sending::sent(std::uint64_t bytes) {
  if (!is_many(asked_)) {
    count_ = static_cast<std::int64_t>(bytes);
    over_ = true;
    return;
  }
  // The number may be another's by now.
  if (!office_->kernel_->valid(asked_.id))
    return finish({ESRCH, {}});
  const auto length = static_cast<std::uint32_t>(bytes);
  const notify::target_memory memory{asked_.tid};
  const auto at = asked_.args[1]
                  + message_size * static_cast<std::uint64_t>(count_)
                  + offsetof(mmsghdr, msg_len);
  if (!memory.write(at, std::as_bytes(std::span{&length, 1})))
    return finish({EFAULT, {}});
  ++count_;
  over_ = static_cast<std::uint32_t>(count_) == messages_ || !now_->is_whole();
}

/// Of sendmmsg(2), what has gone counts for more than what went wrong.
void sending::finish(refusal said) {
  over_ = true;
  if (count_ == 0)
    failure_ = std::move(said);
}

/// As the kernel does to who writes to a stream that nobody reads.
void sending::raise_sigpipe() const {
  if (by_->kind.type != SOCK_STREAM || (by_->flags & MSG_NOSIGNAL) != 0)
    return;
  const auto process = process::process_of(asked_.tid);
  if (process && office_->kernel_->valid(asked_.id))
    sys::tgkill(*process, asked_.tid, SIGPIPE);
}

} // namespace cordon::sockets
