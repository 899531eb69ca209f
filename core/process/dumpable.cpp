#include "core/process/dumpable.hpp"

#include "core/process/family.hpp"

#include <cerrno>
#include <optional>

namespace cordon::process {
namespace {

constexpr std::uint32_t get_dumpable = 3, set_dumpable = 4;

/// What is needed of a process.
struct facts {
  pid_t process = 0;
  pid_t parent = 0;
  std::uint64_t stack = 0;
};

std::optional<facts> look_at(pid_t pid) {
  constexpr int parent = 4, stack_start = 28;
  const auto of_parent = stat_field(pid, parent);
  const auto of_stack = stat_field(pid, stack_start);
  if (!of_parent || !of_stack)
    return std::nullopt;
  return facts{pid, static_cast<pid_t>(*of_parent), *of_stack};
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

void dumpable_flags::forget_the_dead() {
  // A program may set the flag and exec for ever.
  constexpr std::size_t many = 1024;
  if (set_.size() >= many)
    std::erase_if(set_, [](const auto& entry) {
      const auto now = look_at(entry.first.first);
      return !now || now->stack != entry.first.second;
    });
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
  forget_the_dead();
  set_[key] = static_cast<int>(asked.args[1]);
  return 0;
}

} // namespace cordon::process
