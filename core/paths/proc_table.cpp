#include "core/paths/proc_table.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace cordon::paths {
namespace {

using kind = proc_name::kind;
using content = proc_name::content;

struct row {
  std::string_view name;
  kind what = kind::file;
  content of = content::none;
};

/// Of the whole machine: what ordinary programs size themselves by, and names
/// that uname(2) and sysconf(3) tell as well. Nothing of devices, the network,
/// the kernel's memory or its log.
constexpr row of_machine[] = {
    {"self", kind::caller},
    {"thread-self", kind::caller},
    {"mounts", kind::link},
    {"cpuinfo"},
    {"filesystems"},
    {"loadavg"},
    {"meminfo"},
    {"stat"},
    {"swaps"},
    {"uptime"},
    {"version"},
    {"vmstat"},
    {"sys/fs/aio-max-nr"},
    {"sys/fs/epoll/max_user_watches"},
    {"sys/fs/file-max"},
    {"sys/fs/inotify/max_queued_events"},
    {"sys/fs/inotify/max_user_instances"},
    {"sys/fs/inotify/max_user_watches"},
    {"sys/fs/nr_open"},
    {"sys/fs/pipe-max-size"},
    {"sys/kernel/cap_last_cap"},
    {"sys/kernel/domainname"},
    {"sys/kernel/hostname", kind::content, content::hostname},
    {"sys/kernel/msgmax"},
    {"sys/kernel/msgmnb"},
    {"sys/kernel/msgmni"},
    {"sys/kernel/ngroups_max"},
    {"sys/kernel/osrelease"},
    {"sys/kernel/ostype"},
    {"sys/kernel/overflowgid"},
    {"sys/kernel/overflowuid"},
    {"sys/kernel/pid_max"},
    {"sys/kernel/random/entropy_avail"},
    {"sys/kernel/random/poolsize"},
    {"sys/kernel/random/uuid"},
    {"sys/kernel/randomize_va_space"},
    {"sys/kernel/seccomp/actions_avail"},
    {"sys/kernel/sem"},
    {"sys/kernel/shmall"},
    {"sys/kernel/shmmax"},
    {"sys/kernel/shmmni"},
    {"sys/kernel/threads-max"},
    {"sys/kernel/version"},
    {"sys/net/core/somaxconn"},
    {"sys/vm/max_map_count"},
    {"sys/vm/mmap_min_addr"},
    {"sys/vm/overcommit_memory"},
    {"sys/vm/overcommit_ratio"},
};

/// Of a process, and of a thread beneath task/. Not the memory itself, nor what
/// tells of the kernel's (pagemap, stack, wchan, syscall), nor namespaces.
constexpr row of_process[] = {
    {"auxv"},
    {"cgroup", kind::content, content::cgroup},
    {"children"},
    {"cmdline"},
    {"comm"},
    {"coredump_filter"},
    {"cwd", kind::object},
    {"environ"},
    {"exe", kind::object},
    {"fd", kind::directory},
    {"fdinfo", kind::directory},
    {"gid_map"},
    {"io"},
    {"limits"},
    {"loginuid"},
    {"maps", kind::content, content::maps},
    {"mountinfo", kind::content, content::mountinfo},
    {"mounts", kind::content, content::mounts},
    {"mountstats", kind::content, content::mountstats},
    {"oom_adj"},
    {"oom_score"},
    {"oom_score_adj"},
    {"personality"},
    {"projid_map"},
    {"root", kind::root},
    {"sched"},
    {"schedstat"},
    {"sessionid"},
    {"setgroups"},
    {"smaps", kind::content, content::maps},
    {"smaps_rollup"},
    {"stat"},
    {"statm"},
    {"status", kind::content, content::status},
    {"task", kind::directory},
    {"timers"},
    {"timerslack_ns"},
    {"uid_map"},
};

/// As the kernel takes it: digits, no zero before others.
std::optional<pid_t> number(std::string_view name) {
  pid_t value = 0;
  const auto* const end = name.data() + name.size();
  if (name.empty() || name[0] < '0' || name[0] > '9'
      || (name.size() > 1 && name[0] == '0')
      || std::from_chars(name.data(), end, value).ptr != end)
    return std::nullopt;
  return value;
}

/// Takes the first component off.
std::string_view take_first(std::string_view& place) {
  const auto slash = std::min(place.find('/'), place.size());
  const auto first = place.substr(0, slash);
  place.remove_prefix(std::min(slash + 1, place.size()));
  return first;
}

proc_name in_machine(std::string_view place) {
  if (place.empty())
    return {kind::directory};
  for (const auto& each : of_machine) {
    if (each.name == place)
      return {each.what, each.of};
    if (each.name.starts_with(place) && each.name[place.size()] == '/')
      return {kind::directory};
  }
  return {};
}

/// What is left of a place after the number of its process or thread.
proc_name in_process(std::string_view place, proc_name made) {
  if (place.empty()) {
    made.what = kind::directory;
    return made;
  }
  const auto first = take_first(place);
  if (place.empty()) {
    const auto* const found = std::ranges::find(of_process, first, &row::name);
    if (found != std::end(of_process)
        && (made.thread == 0 || first != "task")) {
      made.what = found->what;
      made.of = found->of;
    }
    return made;
  }
  const auto numbered = number(take_first(place));
  if (!numbered)
    return made;
  if (first == "task" && made.thread == 0 && *numbered > 0) {
    made.thread = *numbered;
    return in_process(place, made);
  }
  if (place.empty() && first == "fd")
    made.what = kind::object;
  else if (place.empty() && first == "fdinfo")
    made.what = kind::file;
  return made;
}

std::string_view beneath(const view& in, const position& where) {
  std::string_view place{where.path};
  place.remove_prefix(std::min(place.size(), in.at(where.tree).at.size()));
  place.remove_prefix(place.starts_with('/') ? 1 : 0);
  return place;
}

} // namespace

proc_name find_in_proc(std::string_view place) {
  auto rest = place;
  const auto first = take_first(rest);
  // Not yet anybody's: what somebody writes in a policy.
  if (!rest.empty() && (first == "self" || first == "thread-self"))
    return in_process(rest, {});
  const auto process = number(first);
  if (!process || *process == 0)
    return in_machine(place);
  return in_process(rest, {kind::closed, content::none, *process});
}

proc_name row_of(const view& in, const position& where) {
  return find_in_proc(beneath(in, where));
}

position rules_place(const view& in, const position& where) {
  if (in.at(where.tree).kind != backing::proc)
    return where;
  auto rest = beneath(in, where);
  const auto first = take_first(rest);
  if (!number(first) && first != "thread-self")
    return where;
  auto named = where;
  named.path = join(in.at(where.tree).at, "self");
  if (!rest.empty())
    named.path = join(named.path, rest);
  return named;
}

} // namespace cordon::paths
