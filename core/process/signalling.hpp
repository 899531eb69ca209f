// Signals on behalf, where Landlock has no scope for them (ABI < 6).
#pragma once

#include "core/notify/request.hpp"
#include "core/process/members.hpp"

namespace cordon::process {

struct signal_answer {
  /// The kernel may run it: registers alone say that it stays in the caller's
  /// own process, the number of which cannot change hands while it waits.
  bool pass = false;
  int error = 0;
};

/// kill, tkill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo, pidfd_send_signal
/// to processes that belong to `whom`; of others a number that exists gives
/// EPERM. A group is those of it that belong. The receiver sees us as the
/// sender, but in what it is told by rt_sigqueueinfo.
[[nodiscard]] signal_answer send_signal(const notify::request& asked,
                                        const members& whom);

/// fcntl F_SETOWN and F_SETOWN_EX, for one process or thread that belongs to
/// `whom`. Returns 0 or the errno.
[[nodiscard]] int set_owner(const notify::request& asked, const members& whom);

} // namespace cordon::process
