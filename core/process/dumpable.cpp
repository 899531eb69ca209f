#include "core/process/dumpable.hpp"

#include "core/base/small_file.hpp"

#include <cerrno>
#include <optional>
#include <sstream>
#include <string>

namespace cordon::process {
namespace {

constexpr std::uint32_t get_dumpable = 3, set_dumpable = 4;

/// What is needed of /proc/TID/stat and status.
struct facts {
  pid_t process = 0;
  pid_t parent = 0;
  std::uint64_t stack = 0;
};

std::optional<pid_t> process_of(pid_t tid) {
  const auto status
      = read_small_file("/proc/" + std::to_string(tid) + "/status");
  const auto at = status ? status->find("\nTgid:") : std::string::npos;
  if (at == std::string::npos)
    return std::nullopt;
  return static_cast<pid_t>(std::stol(status->substr(at + 6)));
}

/// Fields 4 and 28 of stat: the parent, and where the stack starts.
std::optional<facts> look_at(pid_t pid) {
  const auto stat = read_small_file("/proc/" + std::to_string(pid) + "/stat");
  const auto paren = stat ? stat->rfind(')') : std::string::npos;
  if (paren == std::string::npos)
    return std::nullopt;
  std::istringstream rest{stat->substr(paren + 1)};
  std::string field;
  facts found{pid, 0, 0};
  for (int number = 3; rest >> field; ++number) {
    if (number == 4)
      found.parent = static_cast<pid_t>(std::stol(field));
    if (number == 28) {
      found.stack = std::stoull(field);
      return found;
    }
  }
  return std::nullopt;
}

} // namespace

std::int64_t dumpable_flags::find(memory of) const {
  // Its own, or what an ancestor with the same memory had set when it forked.
  for (int generations = 0; generations < 64; ++generations) {
    if (const auto found = set_.find(of); found != set_.end())
      return found->second;
    const auto child = look_at(of.first);
    const auto parent = child ? look_at(child->parent) : std::nullopt;
    if (!parent || parent->stack != of.second)
      break;
    of.first = parent->process;
  }
  return 1;
}

std::int64_t dumpable_flags::handle(const notify::request& asked) {
  const auto process = process_of(asked.tid);
  const auto found = process ? look_at(*process) : std::nullopt;
  if (!found)
    return -ESRCH;
  const memory key{found->process, found->stack};
  if (static_cast<std::uint32_t>(asked.args[0]) == get_dumpable)
    return find(key);
  if (static_cast<std::uint32_t>(asked.args[0]) != set_dumpable)
    return -EINVAL;
  if (asked.args[1] > 1) // 2 is for the kernel alone
    return -EINVAL;
  set_[key] = static_cast<int>(asked.args[1]);
  return 0;
}

} // namespace cordon::process
