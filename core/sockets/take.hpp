// The caller's own socket, in our hands.
#pragma once

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"
#include "core/notify/caller_fds.hpp"

#include <sys/types.h>

namespace cordon::sockets {

/// A second fd for what `fd` is in the fd table of thread `tid` (pidfd_getfd,
/// Linux 5.6). EBADF: it is nothing there. EPERM and ENOSYS: this cannot be
/// done here. To be believed only when the notification is valid afterwards.
/// Before Linux 6.9 the table is that of the thread's process.
[[nodiscard]] result<unique_fd> take_fd(notify::caller_fds& from, pid_t tid,
                                        int fd);

/// What a socket is.
struct facts {
  int domain = 0;
  int type = 0;
  int protocol = 0; ///< 0 of AF_UNIX
};

/// ENOTSOCK for anything else.
[[nodiscard]] result<facts> look_at(const unique_fd& socket);

} // namespace cordon::sockets
