// A keeper that never repairs what a signal broke: to show that the repair is
// what makes the tests of signal storms pass.
#include "core/keeper/repair.hpp"

#include <cerrno>

namespace cordon::keeper {

int trace(pid_t) noexcept {
  return EPERM;
}

bool trace_early(pid_t) noexcept {
  return false;
}

bool claim(pid_t) noexcept {
  return false;
}

bool release(pid_t) noexcept {
  return false;
}

void leave_interrupted(pid_t) noexcept {
}

bool is_leaving(pid_t) noexcept {
  return false;
}

stop_outcome take_stop(const process::wire::plan&, pid_t, int) noexcept {
  return stop_outcome::let_go;
}

} // namespace cordon::keeper
