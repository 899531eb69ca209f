#include "core/exec/debugged.hpp"

#include "core/notify/target_memory.hpp"

#include <sys/syscall.h>

#include <span>
#include <string_view>

namespace cordon::exec {
namespace {

/// Whether the argument with this index begins so.
bool begins(const notify::target_memory& memory, std::uint64_t list,
            std::size_t index, std::string_view with) {
  const auto at
      = memory.read_as<std::uint64_t>(list + index * sizeof(std::uint64_t));
  char seen[8] = {};
  const auto first = std::span{seen}.first(with.size());
  return at && *at != 0
         && memory.read(*at, std::as_writable_bytes(first)).has_value()
         && std::string_view{seen, with.size()} == with;
}

bool is_debuggers_shell(const notify::request& asked) {
  const notify::target_memory memory{asked.tid};
  const auto list = asked.args[asked.number == SYS_execveat ? 2 : 1];
  using namespace std::string_view_literals;
  return begins(memory, list, 1, "-c\0"sv)
         && begins(memory, list, 2, "exec "sv);
}

} // namespace

exec_trap debugged::trap_of(const notify::request& asked, pid_t process,
                            bool traced) const {
  if (blocked_.contains(process))
    return exec_trap::is_shown;
  return traced && is_debuggers_shell(asked) ? exec_trap::is_blocked
                                             : exec_trap::stays;
}

void debugged::note(pid_t process, exec_trap how) {
  // Shells that never came to their exec; of the living ones SIGTRAP stays
  // blocked, no more.
  constexpr std::size_t many = 256;
  if (blocked_.size() >= many)
    blocked_.clear();
  if (how == exec_trap::is_blocked)
    blocked_.insert(process);
  else if (how == exec_trap::is_shown)
    blocked_.erase(process);
}

} // namespace cordon::exec
