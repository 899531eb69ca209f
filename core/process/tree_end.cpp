#include "core/process/tree_end.hpp"

#include "core/base/unique_fd.hpp"
#include "core/landlock/access.hpp"
#include "core/linux/calls.hpp"
#include "core/process/proc_path.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

namespace cordon::process {
namespace {

/// Digits up to the first other byte; -1 when there is none.
pid_t number(const char*& text) {
  if (*text < '0' || *text > '9')
    return -1;
  pid_t value = 0;
  while (*text >= '0' && *text <= '9')
    value = value * 10 + (*text++ - '0');
  return value;
}

/// The parent of `pid`, -1 when it is gone. The program's name is in
/// parentheses and may hold any byte, so the last ")" counts.
pid_t parent_of(pid_t pid) {
  const unique_fd file{
      ::open(proc_path{pid, "/stat"}.text, O_RDONLY | O_CLOEXEC)};
  char bytes[512];
  const auto length = ::read(file.get(), bytes, sizeof bytes - 1);
  if (length <= 0)
    return -1;
  bytes[length] = '\0';
  const char* at = bytes + length;
  while (at > bytes && *at != ')')
    --at;
  if (length - (at - bytes) < 5)
    return -1;
  at += 4; // ") S "
  return number(at);
}

/// Pids seen so far. Static: this runs where nothing may be allocated.
struct pid_set {
  static constexpr std::size_t capacity = 65536;
  pid_t pids[capacity];
  std::size_t count;

  bool has(pid_t pid) const {
    return std::find(pids, pids + count, pid) != pids + count;
  }
};

pid_set found;

/// Signals `pid` only if its parent still is who it was: the pidfd is taken
/// first, so the number cannot have passed to another process in between.
bool signal_child_of(pid_t parent, pid_t pid, int signal) {
  const unique_fd handle{sys::pidfd_open(pid)};
  return handle && parent_of(pid) == parent
         && sys::pidfd_send_signal(handle.get(), signal) == 0;
}

/// One walk over /proc. Returns whether it found a descendant not yet seen.
bool stop_new_descendants(pid_t root) {
  // linux_dirent64 by hand: opendir(3) allocates.
  const unique_fd proc{::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  alignas(8) static char entries[32768];
  bool grew = false;
  long length;
  while (
      (length = ::syscall(SYS_getdents64, proc.get(), entries, sizeof entries))
      > 0) {
    for (long at = 0; at < length;) {
      const auto* entry = reinterpret_cast<const dirent64*>(entries + at);
      at += entry->d_reclen;
      const char* name = entry->d_name;
      const pid_t pid = number(name);
      if (pid <= 0 || found.count == pid_set::capacity || found.has(pid))
        continue;
      const pid_t parent = parent_of(pid);
      if ((parent == root || found.has(parent))
          && signal_child_of(parent, pid, SIGSTOP)) {
        found.pids[found.count++] = pid;
        grew = true;
      }
    }
  }
  return grew;
}

bool has_children() {
  siginfo_t ended;
  return ::waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0
         || errno != ECHILD;
}

} // namespace

int signal_domain::enter() noexcept {
  // Every layer refuses moves between directories (REFER), handled or not,
  // unless it allows them: this one does, everywhere.
  const sys::landlock_ruleset attributes{landlock::fs::refer, 0,
                                         landlock::scope::signal};
  const unique_fd ruleset{
      sys::landlock_create_ruleset(&attributes, sizeof attributes, 0)};
  const unique_fd root{::open("/", O_PATH | O_CLOEXEC)};
  const sys::landlock_path_beneath anywhere{landlock::fs::refer, root.get()};
  if (!ruleset || !root
      || sys::landlock_add_rule(ruleset.get(),
                                sys::abi::landlock_rule_path_beneath, &anywhere)
             != 0
      || sys::landlock_restrict_self(ruleset.get()) != 0)
    return errno;
  entered_ = true;
  return 0;
}

int signal_domain::enter(int ruleset, bool scopes_signals) noexcept {
  if (sys::landlock_restrict_self(ruleset) != 0)
    return errno;
  entered_ = scopes_signals;
  return 0;
}

void signal_domain::kill_all() const noexcept {
  // Whoever started us is outside the domain. 0: outside our pid namespace.
  const pid_t outsider = ::getppid();
  if (entered_ && (outsider == 0 || ::kill(outsider, 0) != 0))
    ::kill(-1, SIGKILL);
}

void stop_walk_kill(pid_t root) noexcept {
  found.count = 0;
  while (stop_new_descendants(root)) {
  }
  for (std::size_t i = 0; i < found.count; ++i)
    ::kill(found.pids[i], SIGKILL);
}

void end_tree(const signal_domain* domain) noexcept {
  // A subreaper without children has no descendants at all: nothing could make
  // one any more, and a kill that visits every process there is can be spared.
  while (has_children()) {
    if (domain != nullptr)
      domain->kill_all();
    else
      stop_walk_kill(::getpid());
    // Blocks for the first; the rest is reaped as far as it is dead already.
    ::waitpid(-1, nullptr, __WALL);
    while (::waitpid(-1, nullptr, WNOHANG | __WALL) > 0) {
    }
  }
}

} // namespace cordon::process
