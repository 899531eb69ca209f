// What a held thread is made to do: system calls, one after the other.
#pragma once

#include "core/linux/registers.hpp"

#include <sys/types.h>

#include <cstdint>

namespace cordon::keeper {

struct errand {
  enum class kind : std::uint8_t {
    none,
    /// Goes to the directory that its fd `number` is, and closes that.
    go,
    /// Receives an fd (SCM_RIGHTS) by its fd `number`, a socket, where one
    /// waits, and has it at that number. The one way to an O_PATH fd that
    /// somebody else opened: SECCOMP_IOCTL_NOTIF_ADDFD takes none. A page of
    /// memory comes and goes for it, so that nothing of the program's is
    /// touched.
    take,
    /// The same, but goes to the directory that came, and closes all: one that
    /// may not be read cannot be given in another way.
    take_and_go,
  };
  kind what = kind::none;
  int number = -1;
  bool close_on_exec = false; ///< of `take`

  long result = 0; ///< for the thread: a value, or minus an errno
  // How far it is.
  std::uint8_t step = 0;
  std::uint64_t page = 0;
  int unwanted[2] = {-1, -1}; ///< fds that are left to be closed
};

/// The thread's next call, after one that returned `returned`; false when there
/// is nothing more to do.
bool next_call(errand& e, pid_t tid, long returned,
               sys::system_call& into) noexcept;

} // namespace cordon::keeper
