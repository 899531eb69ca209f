#include "core/process/family.hpp"

#include "core/base/small_file.hpp"

#include <dirent.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace cordon::process {
namespace {

using directory = std::unique_ptr<DIR, int (*)(DIR*)>;

/// The children of one thread, as the kernel lists them: "12 13 ".
bool add_children(const std::string& thread, std::vector<pid_t>& to) {
  const auto list = read_small_file(thread + "/children");
  if (!list)
    return false;
  const char* at = list->data();
  const char* const end = at + list->size();
  while (at < end) {
    pid_t pid = 0;
    const auto [stop, error] = std::from_chars(at, end, pid);
    if (error == std::errc{})
      to.push_back(pid);
    at = stop + 1;
  }
  return true;
}

/// The children of all threads of a process.
std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> found;
  const auto tasks = "/proc/" + std::to_string(pid) + "/task";
  const directory threads{::opendir(tasks.c_str()), &::closedir};
  if (!threads)
    return found;
  while (const auto* const entry = ::readdir(threads.get()))
    if (entry->d_name[0] != '.')
      add_children(tasks + "/" + entry->d_name, found);
  return found;
}

/// Whether a thread that is in fork, vfork or clone sleeps in the call's own
/// function, which it does for a vforked child only: what copies the process
/// sleeps in functions of its own. (Linux 5.10; _do_fork before.)
bool waits_for_vforked(pid_t tid) {
  const auto place = read_small_file("/proc/" + std::to_string(tid) + "/wchan");
  return place && (*place == "kernel_clone" || *place == "_do_fork");
}

/// Everything below `root` at about this moment.
std::set<pid_t> walk(pid_t root) {
  std::set<pid_t> found;
  std::vector<pid_t> to_visit = {root};
  while (!to_visit.empty()) {
    const auto pid = to_visit.back();
    to_visit.pop_back();
    for (const auto child : children_of(pid))
      if (found.insert(child).second)
        to_visit.push_back(child);
  }
  return found;
}

constexpr int parent_field = 4; // of /proc/TID/stat

/// `tid`, its parent, …, `last`; empty when `last` is not among them.
std::vector<pid_t> ancestors(pid_t tid, pid_t last) {
  constexpr std::size_t deepest = 4096;
  std::vector<pid_t> line = {tid};
  while (line.back() != last) {
    const auto parent = stat_field(line.back(), parent_field);
    if (!parent || *parent <= 1 || line.size() > deepest)
      return {};
    line.push_back(static_cast<pid_t>(*parent));
  }
  return line;
}

bool is_still(const std::vector<pid_t>& line) {
  for (std::size_t i = 0; i + 1 < line.size(); ++i)
    if (stat_field(line[i], parent_field)
        != std::optional{static_cast<std::uint64_t>(line[i + 1])})
      return false;
  return true;
}

} // namespace

std::optional<std::size_t> count_family(pid_t keeper) {
  std::vector<pid_t> ignored;
  const auto self = std::to_string(keeper);
  if (!add_children("/proc/" + self + "/task/" + self, ignored))
    return std::nullopt;
  // A process whose parent dies during the walk moves to the keeper, or to a
  // subreaper inside, perhaps one that was visited already. So walk until a
  // walk finds nothing new; of many, the largest counts.
  constexpr int enough = 16;
  auto last = walk(keeper);
  auto most = last.size();
  for (int i = 0; i < enough; ++i) {
    auto next = walk(keeper);
    if (std::ranges::includes(last, next))
      return next.size();
    last = std::move(next);
    most = std::max(most, last.size());
  }
  return most;
}

std::optional<pid_t> process_of(pid_t tid) {
  const auto status
      = read_small_file("/proc/" + std::to_string(tid) + "/status");
  constexpr std::string_view key = "\nTgid:\t";
  const auto at = status ? status->find(key) : std::string::npos;
  if (at == std::string::npos)
    return std::nullopt;
  pid_t found = 0;
  const auto* const first = status->data() + at + key.size();
  const auto [stop, error]
      = std::from_chars(first, status->data() + status->size(), found);
  if (error != std::errc{})
    return std::nullopt;
  return found;
}

std::vector<pid_t> family_of(pid_t keeper) {
  const auto found = walk(keeper);
  return {found.begin(), found.end()};
}

bool descends_from(pid_t keeper, pid_t tid) {
  // An ancestor may end during the walk, and its number go to another process.
  // A parent that is still the parent on a second look was it all the time in
  // between, so its own parent was read from the right process.
  constexpr int tries = 16;
  for (int i = 0; i < tries; ++i) {
    const auto line = ancestors(tid, keeper);
    if (line.size() < 2)
      return false;
    if (is_still(line))
      return true;
  }
  return false;
}

std::optional<std::uint64_t> stat_field(pid_t tid, int number) {
  const auto stat = read_small_file("/proc/" + std::to_string(tid) + "/stat");
  // The program's name is in parentheses and may hold any byte.
  const auto paren = stat ? stat->rfind(')') : std::string::npos;
  if (paren == std::string::npos)
    return std::nullopt;
  constexpr int before = 2;
  auto at = paren + 1;
  for (int field = before; field < number - 1 && at != std::string::npos;
       ++field)
    at = stat->find(' ', at + 1);
  if (at == std::string::npos)
    return std::nullopt;
  std::uint64_t value = 0;
  const auto* const first = stat->data() + at + 1;
  const auto [stop, error]
      = std::from_chars(first, stat->data() + stat->size(), value);
  if (error != std::errc{})
    return std::nullopt;
  return value;
}

whereabouts find_thread(pid_t tid, int number) {
  const auto line
      = read_small_file("/proc/" + std::to_string(tid) + "/syscall");
  if (!line || line->empty())
    return whereabouts::gone;
  if (line->starts_with("running"))
    return whereabouts::running;
  int current = -1;
  std::from_chars(line->data(), line->data() + line->size(), current);
  if (current != number)
    return whereabouts::elsewhere;
  return waits_for_vforked(tid) ? whereabouts::in_vfork : whereabouts::in_call;
}

} // namespace cordon::process
