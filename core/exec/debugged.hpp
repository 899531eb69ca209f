// Programs that a debugger inside starts. It has its child ask to be traced,
// and become a shell that becomes the program: `sh -c 'exec PROGRAM …'`. Of
// both execs the kernel tells it with SIGTRAP, and at the second it looks at
// the program in memory. There is only the stub by then: so the shell is made
// to block SIGTRAP, and the stub lets it through when the program is there.
#pragma once

#include "core/exec/handoff.hpp"
#include "core/notify/request.hpp"

#include <sys/types.h>

#include <unordered_set>

namespace cordon::exec {

class debugged {
public:
  /// What becomes of SIGTRAP at this exec of `process`. `traced`: by somebody
  /// inside.
  [[nodiscard]] exec_trap trap_of(const notify::request& asked, pid_t process,
                                  bool traced) const;
  /// It has become a program so.
  void note(pid_t process, exec_trap how);

private:
  std::unordered_set<pid_t> blocked_;
};

} // namespace cordon::exec
