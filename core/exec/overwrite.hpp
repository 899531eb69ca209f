// An exec that has to name the stub where its own path was: for threads whose
// registers cannot be set, because somebody else traces them, and for processes
// without a name page.
#pragma once

#include "core/exec/prepare.hpp"
#include "core/notify/request.hpp"

#include <cstdint>
#include <string>

namespace cordon::exec {

/// What was written into somebody's memory, so that it can be undone: where
/// vfork(2) shares it, the parent lives on with it.
struct overwritten {
  std::uint64_t at = 0;
  std::string was;
  std::string now;
  pid_t parent = 0;
};

/// Has the call's path name fd `number`, the stub, with as many slashes more as
/// `token` says. Short enough to fit where any path was, nearly: a few bytes
/// after a very short one change too. Should argv[0] be among them, `what`
/// keeps it. 0 or an errno; EFAULT for a path in
/// memory that cannot be written.
[[nodiscard]] int overwrite_path(const notify::request& asked, int number,
                                 unsigned token, startable& what,
                                 overwritten& undo);

/// Puts back what was there, in the memory of `tid`, if it has not changed
/// again.
void put_back(pid_t tid, const overwritten& what);

} // namespace cordon::exec
