// One message with file descriptors beside it (SCM_RIGHTS), to send or to
// receive. Async-signal-safe.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>

namespace cordon::process {

/// The pieces of a msghdr(3) for one run of bytes and at most `Most` fds. The
/// bytes are the caller's and must outlive it.
template <std::size_t Most>
struct fd_message {
  iovec bytes;
  alignas(cmsghdr) char space[CMSG_SPACE(Most * sizeof(int))] = {};
  msghdr header{};

  fd_message(void* data, std::size_t size) noexcept
      : bytes{data, size} {
    header.msg_iov = &bytes;
    header.msg_iovlen = 1;
    header.msg_control = space;
    header.msg_controllen = sizeof space;
  }
  fd_message(const fd_message&) = delete;
  fd_message& operator=(const fd_message&) = delete;
  ~fd_message() = default;

  /// For sending: the head of `count` fds, to be copied to CMSG_DATA of it.
  cmsghdr* attach(std::size_t count) noexcept {
    header.msg_controllen = CMSG_SPACE(count * sizeof(int));
    auto* const rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(count * sizeof(int));
    return rights;
  }
};

} // namespace cordon::process
