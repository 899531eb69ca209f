#include "core/process/others.hpp"

#include "core/linux/calls.hpp"
#include "core/notify/target_memory.hpp"
#include "core/process/family.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace cordon::process {
namespace {

using syscall::operation;

/// No process has it: above the kernel's PID_MAX_LIMIT.
constexpr pid_t nobody = 0x7FFFFFFF;

int outcome(int returned) {
  return returned < 0 ? errno : 0;
}

/// What the kernel is given to read: what the caller pointed to, as read once;
/// a place that faults when that could not be read; or nothing.
const void* pointed(const notify::request& asked, std::size_t argument) {
  if (asked.unreadable)
    return reinterpret_cast<const void*>(1); // NOLINT: never mapped
  return asked.args[argument] == 0 ? nullptr : asked.value.data();
}

int write_back(const notify::request& asked, std::uint64_t address,
               const void* from, std::size_t size) {
  const auto done = notify::target_memory{asked.tid}.write(
      address, {static_cast<const std::byte*>(from), size});
  return done ? 0 : EFAULT;
}

int set_limit(const notify::request& asked, pid_t pid) {
  rlimit64 old{};
  const auto where = asked.args[3];
  const int error = outcome(sys::prlimit64(
      pid, asked.args[1], pointed(asked, 2), where == 0 ? nullptr : &old));
  if (error != 0 || where == 0)
    return error;
  return write_back(asked, where, &old, sizeof old);
}

int set_schedule(const notify::request& asked, pid_t tid) {
  const bool has_two
      = asked.number == SYS_sched_setparam || asked.number == SYS_sched_setattr;
  const auto memory
      = reinterpret_cast<std::uint64_t>(pointed(asked, has_two ? 1 : 2));
  const int error = outcome(sys::schedule(asked.number, tid,
                                          has_two ? memory : asked.args[1],
                                          has_two ? asked.args[2] : memory));
  // The kernel then says how large a structure it knows.
  if (asked.number == SYS_sched_setattr && error == E2BIG
      && asked.value.size() >= sizeof(std::uint32_t))
    static_cast<void>(write_back(asked, asked.args[1], asked.value.data(),
                                 sizeof(std::uint32_t)));
  return error;
}

/// A call about one thread, the number of which is the first argument.
template <class Call>
int about_one(pid_t tid, const members& whom, Call call) {
  if (whom.contains(tid))
    return call(tid);
  // Arguments that nobody accepts are refused as such.
  const int error = call(tid < 0 ? tid : nobody);
  if (error != ESRCH || tid <= 0)
    return error;
  return ::kill(tid, 0) == 0 || errno == EPERM ? EPERM : ESRCH;
}

// ---- priorities: of one, of a group, of a user

/// Which of a call's kinds of `who` means what.
struct kinds {
  std::uint32_t process, group, user;
};

/// All threads of a process.
std::vector<pid_t> threads_of(pid_t pid) {
  std::vector<pid_t> found;
  const auto path = "/proc/" + std::to_string(pid) + "/task";
  const std::unique_ptr<DIR, int (*)(DIR*)> list{::opendir(path.c_str()),
                                                 &::closedir};
  if (!list)
    return found;
  while (const auto* const entry = ::readdir(list.get()))
    if (entry->d_name[0] != '.')
      found.push_back(static_cast<pid_t>(std::stol(entry->d_name)));
  return found;
}

bool is_of_group(pid_t pid, pid_t group) {
  constexpr int group_field = 5; // of /proc/PID/stat
  const auto found = stat_field(pid, group_field);
  return found && static_cast<pid_t>(*found) == group;
}

bool is_of_user(pid_t pid, uid_t user) {
  struct stat facts {};
  const auto path = "/proc/" + std::to_string(pid);
  return ::stat(path.c_str(), &facts) == 0 && facts.st_uid == user;
}

/// As the kernel sums up: ESRCH for nobody, else the worst that happened.
template <class Call, class Chosen>
int about_many(const members& whom, Chosen chosen, Call call) {
  int sum = ESRCH;
  for (const auto pid : whom.all()) {
    if (!chosen(pid))
      continue;
    for (const auto tid : threads_of(pid)) {
      const int error = call(tid);
      if (error == ESRCH)
        continue; // it has just ended
      if (error != 0 || sum == ESRCH)
        sum = error;
    }
  }
  return sum;
}

/// Nobody within was meant: EPERM when there is somebody outside.
int about_nobody(int sum, int which, id_t who) {
  if (sum != ESRCH)
    return sum;
  errno = 0;
  return ::getpriority(static_cast<__priority_which>(which), who) != -1
                 || errno != ESRCH
             ? EPERM
             : ESRCH;
}

template <class Call>
int by_kind(const notify::request& asked, const members& whom, kinds of,
            Call call) {
  const auto which = static_cast<std::uint32_t>(asked.args[0]);
  const auto who = static_cast<pid_t>(asked.args[1]);
  if (which == of.process)
    return about_one(who == 0 ? asked.tid : who, whom, call);
  const int unsound = call(nobody); // EINVAL for a priority there is not
  if (unsound != ESRCH)
    return unsound;
  int error = EINVAL;
  if (which == of.group) {
    constexpr int group_field = 5;
    const auto own = stat_field(asked.tid, group_field);
    const auto group = who == 0 && own ? static_cast<pid_t>(*own) : who;
    error = about_nobody(
        about_many(
            whom, [&](pid_t pid) { return is_of_group(pid, group); }, call),
        PRIO_PGRP, static_cast<id_t>(group));
  } else if (which == of.user) {
    const auto user = who == 0 ? ::getuid() : static_cast<uid_t>(who);
    error = about_nobody(
        about_many(
            whom, [&](pid_t pid) { return is_of_user(pid, user); }, call),
        PRIO_USER, user);
  }
  return error;
}

int set_priority(const notify::request& asked, const members& whom) {
  const auto nice = asked.args[2];
  if (asked.number == SYS_setpriority)
    return by_kind(asked, whom, {PRIO_PROCESS, PRIO_PGRP, PRIO_USER},
                   [&](pid_t tid) {
                     return outcome(sys::setpriority(PRIO_PROCESS, tid, nice));
                   });
  constexpr kinds io{1, 2, 3};
  return by_kind(asked, whom, io, [&](pid_t tid) {
    return outcome(sys::ioprio_set(io.process, tid, nice));
  });
}

} // namespace

int tell_cpus(const notify::request& asked) {
  constexpr std::size_t most = 8192; // as many CPUs as there can be
  std::vector<std::byte> mask(
      std::min<std::size_t>(static_cast<std::uint32_t>(asked.args[1]), most));
  const int size = sys::cpu_mask(static_cast<pid_t>(asked.args[0]), mask.data(),
                                 mask.size());
  if (size < 0)
    return -errno;
  const int error = write_back(asked, asked.args[2], mask.data(),
                               static_cast<std::size_t>(size));
  return error == 0 ? size : -error;
}

int change_other(const notify::request& asked, const members& whom) {
  const auto first = static_cast<pid_t>(asked.args[0]);
  switch (asked.op) {
  case operation::limit:
    return about_one(first, whom,
                     [&](pid_t pid) { return set_limit(asked, pid); });
  case operation::schedule:
    return about_one(first, whom,
                     [&](pid_t tid) { return set_schedule(asked, tid); });
  case operation::priority:
    return set_priority(asked, whom);
  default:
    return ENOSYS;
  }
}

} // namespace cordon::process
