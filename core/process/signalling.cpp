#include "core/process/signalling.hpp"

#include "core/base/small_file.hpp"
#include "core/linux/calls.hpp"
#include "core/process/family.hpp"
#include "core/sockets/take.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>

namespace cordon::process {
namespace {

int outcome(int returned) {
  return returned < 0 ? errno : 0;
}

/// A number that does not belong: EPERM when there is somebody.
int nobody_of_ours(pid_t who) {
  return ::kill(who, 0) == 0 || errno == EPERM ? EPERM : ESRCH;
}

/// Sends to one process, held so that no other can get the signal.
int to_process(pid_t pid, int signal, const members& whom) {
  // kill(2) takes a thread's number for its process.
  const auto process = process_of(pid).value_or(0);
  const unique_fd held{sys::pidfd_open(process)};
  if (process == 0 || !held)
    return ESRCH;
  if (!whom.contains(process))
    return nobody_of_ours(process);
  return outcome(sys::pidfd_send_signal(held.get(), signal));
}

template <class Chosen>
int to_many(int signal, const members& whom, Chosen chosen) {
  int sum = ESRCH;
  for (const auto pid : whom.all()) {
    if (!chosen(pid))
      continue;
    const int error = to_process(pid, signal, whom);
    if (error == 0 || sum != 0)
      sum = error;
  }
  return sum;
}

int to_group(pid_t group, int signal, const members& whom) {
  constexpr int group_field = 5; // of /proc/PID/stat
  const int error = to_many(signal, whom, [&](pid_t pid) {
    const auto found = stat_field(pid, group_field);
    return found && static_cast<pid_t>(*found) == group;
  });
  return error == ESRCH ? nobody_of_ours(-group) : error;
}

signal_answer kill(const notify::request& asked, pid_t own,
                   const members& whom) {
  const auto pid = static_cast<pid_t>(asked.args[0]);
  const auto signal = static_cast<int>(asked.args[1]);
  if (pid == own)
    return {true, 0};
  if (pid > 0)
    return {false, to_process(pid, signal, whom)};
  if (pid == -1)
    return {false, to_many(signal, whom, [&](pid_t p) { return p != own; })};
  if (pid == INT32_MIN)
    return {false, ESRCH};
  return {false,
          to_group(pid == 0 ? ::getpgid(asked.tid) : -pid, signal, whom)};
}

/// tkill(2) and tgkill(2). `process`: 0 for any.
signal_answer to_thread(pid_t process, pid_t tid, int signal,
                        const notify::request& asked, pid_t own,
                        const members& whom) {
  if (process == own || (process == 0 && tid == asked.tid))
    return {true, 0};
  if (!whom.contains(tid))
    return {false, nobody_of_ours(tid)};
  const auto of = process == 0 ? process_of(tid).value_or(0) : process;
  return {false, outcome(sys::tgkill(of, tid, signal))};
}

/// What the caller says of the signal. Only that it queued it, as the kernel
/// has it.
int check_info(const notify::request& asked) {
  if (asked.unreadable || asked.value.empty())
    return EFAULT;
  siginfo_t info{};
  std::memcpy(&info, asked.value.data(),
              std::min(sizeof info, asked.value.size()));
  return info.si_code >= 0 || info.si_code == SI_TKILL ? EPERM : 0;
}

signal_answer queue(const notify::request& asked, pid_t own,
                    const members& whom) {
  const bool to_one = asked.number == SYS_rt_tgsigqueueinfo;
  const auto process = static_cast<pid_t>(asked.args[0]);
  const auto tid = static_cast<pid_t>(asked.args[to_one ? 1 : 0]);
  const auto signal = static_cast<int>(asked.args[to_one ? 2 : 1]);
  if (process == own)
    return {true, 0};
  if (to_one && (process <= 0 || tid <= 0))
    return {false, EINVAL};
  if (const int error = check_info(asked); error != 0)
    return {false, error};
  if (!whom.contains(tid))
    return {false, nobody_of_ours(tid)};
  const auto* const info = asked.value.data();
  return {false, outcome(to_one ? sys::tgsigqueue(process, tid, signal, info)
                                : sys::sigqueue(process, signal, info))};
}

/// The process of a pidfd of ours; 0: none.
pid_t pid_of(const unique_fd& pidfd) {
  const auto facts
      = read_small_file("/proc/self/fdinfo/" + std::to_string(pidfd.get()));
  constexpr std::string_view key = "\nPid:\t";
  const auto at = facts ? facts->find(key) : std::string::npos;
  pid_t pid = 0;
  if (at != std::string::npos)
    std::from_chars(facts->data() + at + key.size(),
                    facts->data() + facts->size(), pid);
  return pid;
}

int by_pidfd(const notify::request& asked, const members& whom) {
  // PIDFD_SIGNAL_THREAD, …_THREAD_GROUP, …_PROCESS_GROUP (Linux 6.9)
  constexpr std::uint32_t whole_group = 4, known = 7;
  const auto flags = static_cast<std::uint32_t>(asked.args[3]);
  if ((flags & ~known) != 0 || std::popcount(flags) > 1)
    return EINVAL;
  notify::caller_fds callers;
  const auto held
      = sockets::take_fd(callers, asked.tid, static_cast<int>(asked.args[0]));
  if (!held)
    return held.error().code;
  if (flags == whole_group)
    return EPERM; // of which not all belong
  const auto pid = pid_of(*held);
  if (pid == 0)
    return EBADF;
  if (pid < 0)
    return ESRCH; // it has ended
  if (asked.args[2] != 0)
    if (const int error = check_info(asked); error != 0)
      return error;
  if (!whom.contains(pid))
    return nobody_of_ours(pid);
  return outcome(sys::pidfd_send_signal(
      held->get(), static_cast<int>(asked.args[1]),
      asked.args[2] == 0 ? nullptr : asked.value.data(), flags));
}

} // namespace

signal_answer send_signal(const notify::request& asked, const members& whom) {
  const auto own = process_of(asked.tid).value_or(0);
  const auto first = static_cast<pid_t>(asked.args[0]);
  const auto second = static_cast<pid_t>(asked.args[1]);
  switch (asked.number) {
  case SYS_kill:
    return kill(asked, own, whom);
  case SYS_tkill:
    if (first <= 0)
      return {false, EINVAL};
    return to_thread(0, first, second, asked, own, whom);
  case SYS_tgkill:
    if (first <= 0 || second <= 0)
      return {false, EINVAL};
    return to_thread(first, second, static_cast<int>(asked.args[2]), asked, own,
                     whom);
  case SYS_rt_sigqueueinfo:
  case SYS_rt_tgsigqueueinfo:
    return queue(asked, own, whom);
  case SYS_pidfd_send_signal:
    return {false, by_pidfd(asked, whom)};
  default:
    return {false, ENOSYS};
  }
}

int set_owner(const notify::request& asked, const members& whom) {
  struct owner {
    int kind = F_OWNER_PID;
    pid_t pid = 0;
  } wanted;
  wanted.pid = static_cast<pid_t>(asked.args[2]);
  const bool extended = static_cast<int>(asked.args[1]) == F_SETOWN_EX;
  notify::caller_fds callers;
  const auto file
      = sockets::take_fd(callers, asked.tid, static_cast<int>(asked.args[0]));
  if (!file)
    return file.error().code;
  if (extended && (asked.unreadable || asked.value.size() < sizeof wanted))
    return EFAULT;
  if (extended)
    std::memcpy(&wanted, asked.value.data(), sizeof wanted);
  else if (wanted.pid < 0)
    wanted.kind = F_OWNER_PGRP;
  // Who will be in a group when a signal goes to it, nobody knows.
  if (wanted.kind == F_OWNER_PGRP && wanted.pid != 0)
    return EPERM;
  if (wanted.pid != 0 && !whom.contains(wanted.pid))
    return nobody_of_ours(wanted.pid);
  return outcome(extended ? ::fcntl(file->get(), F_SETOWN_EX, &wanted)
                          : ::fcntl(file->get(), F_SETOWN, wanted.pid));
}

} // namespace cordon::process
