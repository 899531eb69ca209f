// What a supervisor may do with the programs below it on this system.
#pragma once

namespace cordon::process {

struct target_access {
  /// ptrace(2): a trapped call that a signal broke can start again.
  bool traces = false;
  /// process_vm_readv(2): arguments in memory can be read, so calls with paths
  /// can be carried out.
  bool reads_memory = false;
  /// pidfd_getfd(2), Linux 5.6: calls can be carried out on their own fds.
  bool takes_fds = false;
};

/// Tries all of it on a process of its own, as a supervisor would: without any
/// capability. Security modules (yama's ptrace_scope of 2 and 3) and filters
/// around us (container profiles) forbid them.
[[nodiscard]] target_access probe_target_access() noexcept;

} // namespace cordon::process
