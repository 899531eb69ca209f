// Control messages of a sender, as another process can send them.
#pragma once

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"

#include <sys/types.h>

#include <string>
#include <vector>

namespace cordon::sockets {

/// Control messages in which every fd is one of ours, and every identity that
/// of `as`.
struct carried_control {
  std::string bytes;
  std::vector<unique_fd> fds; ///< to be kept until they are sent
};

/// Takes the fds of SCM_RIGHTS from thread `tid` and checks its
/// SCM_CREDENTIALS as the kernel would: EBADF, EINVAL for too many, EPERM for
/// somebody else's. Only a privileged process may give another's process id, so
/// the receiver sees `as`, and the user and group that the sender gave. What is
/// malformed is left to the kernel. To be believed only when the notification
/// is valid afterwards.
[[nodiscard]] result<carried_control> carry_control(std::string bytes,
                                                    pid_t tid, pid_t as);

} // namespace cordon::sockets
