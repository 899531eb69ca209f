#include "core/process/members.hpp"

#include "core/linux/calls.hpp"
#include "core/process/family.hpp"

namespace cordon::process {

bool members::contains(pid_t tid) const {
  if (tid <= 0 || tid == keeper_ || sys::tgkill(::getpid(), tid, 0) == 0)
    return false;
  // Signal 0 goes as far as a real one would. In our domain are the keeper,
  // what descends from it, and this thread with those it made.
  if (scoped_)
    return sys::tkill(tid, 0) == 0;
  return descends_from(keeper_, tid);
}

std::vector<pid_t> members::all() const {
  return family_of(keeper_);
}

} // namespace cordon::process
