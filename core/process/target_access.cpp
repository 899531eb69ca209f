#include "core/process/target_access.hpp"

#include "core/base/unique_fd.hpp"
#include "core/linux/calls.hpp"
#include "core/linux/trace.hpp"
#include "core/process/privileges.hpp"

#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>

namespace cordon::process {
namespace {

constexpr int may_trace = 1, may_read = 2, may_take = 4, no_answer = 8;

bool reads_memory_of(pid_t pid) {
  char here = 0;
  static char there = 0;
  const iovec to{&here, 1};
  const iovec from{&there, 1};
  return ::process_vm_readv(pid, &to, 1, &from, 1, 0) == 1;
}

/// `fd`: one that it has.
bool takes_fds_of(pid_t pid, int fd) {
  const unique_fd target{sys::pidfd_open(pid)};
  return unique_fd{sys::pidfd_getfd(target.get(), fd)}.get() >= 0;
}

/// In a child: what it may do with a child of its own.
[[noreturn]] void try_all() {
  if (drop_capabilities() != 0)
    ::_exit(no_answer);
  const unique_fd shared{::eventfd(0, EFD_CLOEXEC)};
  const pid_t target = ::fork();
  if (target == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    ::alarm(10); // should the parent have died before that
    while (true)
      ::pause();
  }
  if (target < 0)
    ::_exit(no_answer);
  int answer = reads_memory_of(target) ? may_read : 0;
  answer |= takes_fds_of(target, shared.get()) ? may_take : 0;
  answer |= sys::trace_seize(target, 0) == 0 ? may_trace : 0;
  ::kill(target, SIGKILL);
  ::_exit(answer);
}

} // namespace

target_access probe_target_access() noexcept {
  const pid_t child = ::fork();
  if (child == 0)
    try_all();
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)
      || WEXITSTATUS(status) == no_answer)
    return {};
  return {(WEXITSTATUS(status) & may_trace) != 0,
          (WEXITSTATUS(status) & may_read) != 0,
          (WEXITSTATUS(status) & may_take) != 0};
}

} // namespace cordon::process
