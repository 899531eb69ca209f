#include "core/sockets/letter.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace cordon::sockets {
namespace {

/// Of a stream that much is copied at a time.
constexpr std::uint64_t chunk = 262'144;
/// A message of its own is whole or not at all: the longest that is carried.
constexpr std::uint64_t longest_message = 1'048'576;

/// No page is ever mapped there.
void* bad_address() {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): that is its purpose
  return reinterpret_cast<void*>(std::uintptr_t{8});
}

std::uint64_t send_buffer(const unique_fd& socket) {
  int size = 0;
  socklen_t length = sizeof size;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &size, &length);
  return static_cast<std::uint64_t>(std::max(size, 0));
}

} // namespace

letter::letter(std::shared_ptr<const channel> by,
               std::shared_ptr<notify::calls> kernel,
               std::shared_ptr<courier> sender, outgoing what,
               carried_control control, receiver to)
    : by_(std::move(by))
    , kernel_(std::move(kernel))
    , sender_(std::move(sender))
    , what_(std::move(what))
    , control_(std::move(control))
    , to_(std::move(to)) {
}

/// Copies what is to be sent next. 0 or an errno.
int letter::fetch() {
  auto wanted = what_.size - sent_;
  copied_.clear();
  used_ = 0;
  beyond_ = 0;
  if (is_stream()) {
    wanted = std::min(wanted, chunk);
  } else if (wanted > longest_message) {
    // What does not fit the socket's buffer the kernel refuses for its size.
    if (by_->kind.domain != AF_INET && by_->kind.domain != AF_INET6
        && wanted <= send_buffer(by_->socket))
      return ENOBUFS;
    beyond_ = wanted;
    return 0;
  }
  copied_.resize(wanted);
  const notify::target_memory memory{by_->tid};
  const auto parts = what_.part(sent_, wanted);
  if (wanted > 0)
    copied_.resize(
        memory.gather(parts, std::as_writable_bytes(std::span{copied_})));
  beyond_ = wanted - copied_.size();
  return kernel_->valid(by_->id) ? 0 : ESRCH;
}

/// sendmsg(2) of what was copied.
std::int64_t letter::post() {
  std::array<iovec, 2> data{
      iovec{copied_.data() + used_, copied_.size() - used_},
      iovec{bad_address(), beyond_}};
  msghdr message{};
  message.msg_iov = data.data();
  message.msg_iovlen = beyond_ > 0 ? 2 : 1;
  if (!to_.address.empty()) {
    message.msg_name = to_.address.data();
    message.msg_namelen = static_cast<socklen_t>(to_.address.size());
  }
  // Fds go with the first bytes, as they do when the kernel cuts.
  if (!began_ && !control_.bytes.empty()) {
    message.msg_control = control_.bytes.data();
    message.msg_controllen = control_.bytes.size();
  }
  auto flags = by_->flags | MSG_DONTWAIT | MSG_NOSIGNAL;
  const auto left = what_.size - sent_ - (copied_.size() - used_) - beyond_;
  if (left > 0)
    flags &= ~(MSG_OOB | MSG_EOR); // they are about the last byte
  if (sender_)
    return sender_->send(by_->socket.get(), message, flags);
  const auto gone = ::sendmsg(by_->socket.get(), &message, flags);
  return gone < 0 ? -errno : gone;
}

int letter::attempt(std::uint64_t at_most) {
  const auto before = sent_;
  do {
    if (sent_ - before >= at_most && sent_ > before)
      return EAGAIN;
    if (used_ == copied_.size() && beyond_ == 0)
      if (const int error = fetch(); error != 0)
        return error;
    const auto gone = post();
    if (gone < 0)
      return static_cast<int>(-gone);
    began_ = true;
    sent_ += static_cast<std::uint64_t>(gone);
    used_ += static_cast<std::size_t>(gone);
    if (!is_stream())
      return 0;
  } while (sent_ < what_.size);
  return 0;
}

/// A socket that is connected to who shall get the message tells when there is
/// room. Not everybody can be connected to; then we look again and again.
void letter::watch_receiver() {
  if (by_->kind.domain != AF_UNIX || by_->kind.type != SOCK_DGRAM
      || to_.address.empty())
    return;
  unique_fd made{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (made
      && ::connect(made.get(),
                   reinterpret_cast<const sockaddr*>(to_.address.data()),
                   static_cast<socklen_t>(to_.address.size()))
             == 0)
    probe_ = std::move(made);
}

/// Until it looks as if there were room, and a moment longer when there seemed
/// to be some before and it was not enough. 0 or EINTR.
int letter::wait(bool in_vain) const {
  constexpr int moment = 1, at_most = 10;
  const bool is_addressed
      = by_->kind.type == SOCK_DGRAM && !to_.address.empty();
  pollfd one{is_addressed ? probe_.get() : by_->socket.get(), POLLOUT, 0};
  // Where nothing tells, we look again and again.
  const bool blind = one.fd < 0;
  if ((in_vain || blind) && ::poll(nullptr, 0, moment) < 0)
    return errno;
  return !blind && ::poll(&one, 1, at_most) < 0 ? errno : 0;
}

int letter::deliver() {
  using clock = std::chrono::steady_clock;
  const auto begin = clock::now();
  for (bool in_vain = false;; in_vain = true) {
    const int error = attempt(what_.size);
    if (error != EAGAIN || !by_->blocks)
      return error;
    if (by_->limit && clock::now() - begin >= *by_->limit)
      return EAGAIN;
    if (!in_vain)
      watch_receiver();
    if (const int broken = wait(in_vain); broken != 0)
      return broken;
  }
}

} // namespace cordon::sockets
