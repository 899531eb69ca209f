// Ending everything that lives in a sandbox. Async-signal-safe.
#pragma once

#include <sys/types.h>

namespace cordon::process {

/// The calling thread's own Landlock domain that scopes signals, without which
/// kill(-1) would reach every process of the user. Only `enter` makes one.
class signal_domain {
public:
  /// Restricts the calling thread, for good. Returns 0 or an errno.
  /// Precondition: no_new_privs is set. Needs Landlock ABI 6.
  int enter() noexcept;
  /// The same with a ruleset of the caller's own, which allows more than
  /// signals to be restricted. `scopes_signals`: it has the scope (ABI 6);
  /// without it this is no domain to `kill_all`.
  int enter(int ruleset, bool scopes_signals) noexcept;
  /// The domain that the thread entered before its process became another
  /// program.
  void resume(bool scopes_signals) noexcept {
    entered_ = scopes_signals;
  }

  /// One kill(-1, SIGKILL) to everything nested in the domain. The kernel
  /// walks the processes under the lock that fork takes, so nothing can be
  /// born past it. Does nothing when `enter` did not succeed, or when a
  /// process outside can be signalled: then this is no domain.
  void kill_all() const noexcept;

private:
  bool entered_ = false;
};

/// Without a signal scope: stops every descendant of `root` that /proc shows
/// until a walk finds nothing new, then kills them all. `root` itself is left
/// alone. Needs /proc.
void stop_walk_kill(pid_t root) noexcept;

/// Kills everything in the domain, or else below the calling process, and
/// reaps all children, orphans that came to this subreaper included. Returns
/// when there are none left.
/// Precondition: the caller is a subreaper, and all that shall end descends
/// from it.
void end_tree(const signal_domain* domain) noexcept;

} // namespace cordon::process
