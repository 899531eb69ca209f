#include "policy/stand_ins.hpp"

#include "core/exec/name_page.hpp"
#include "core/syscall/operations.hpp"
#include "policy/mirror.hpp"

#include <algorithm>
#include <cerrno>

namespace cordon::policy {
namespace {

using syscall::argument_clause;
using syscall::argument_rules;
using syscall::equals;

constexpr std::uint32_t unix_family = 1, inet = 2, inet6 = 10;

bool is_stand_in(const plan& made, protection what) {
  return made.status(what) == protection_status::stand_in;
}

using syscall::group;

/// Adds a denial once.
void deny(seccomp::policy_filter_spec& to, std::string_view name,
          std::int16_t error) {
  const auto same = [&](const auto& d) { return d.syscall == name; };
  if (std::ranges::none_of(to.denied, same))
    to.denied.push_back({std::string(name), error});
}

void add_rules(seccomp::policy_filter_spec& to, argument_rules rules) {
  const bool denied = std::ranges::any_of(
      to.denied, [&](const auto& d) { return d.syscall == rules.syscall; });
  // A denial by number is the stricter of the two.
  if (!denied && (!rules.clauses.empty() || rules.otherwise != 0))
    to.rules.push_back(std::move(rules));
}

/// What becomes of a row whose group is not opened: metadata changes are
/// carried out by the supervisor where there is one.
syscall::outcome answer_for(const syscall::row& row, run_kind kind) {
  const bool handled = kind == run_kind::supervised
                       && row.member_of == syscall::group::metadata
                       && syscall::find_trap(row.name) != nullptr;
  return handled ? syscall::trap : row.error;
}

/// socket(2) by family, tighter than the constant filter has it.
argument_rules socket_rules(const profile& p, const plan& made, run_kind kind) {
  argument_rules rules{"socket", {}, 0};
  if (!p.opens(group::unix_datagram))
    rules = *syscall::find_datagram_rules("socket");
  // Connecting is granted: then it must not reach socket files, which a
  // filter cannot tell from TCP addresses. Or Landlock cannot scope abstract
  // names here (ABI < 6). A supervisor tells them apart.
  if (kind != run_kind::supervised
      && (!p.connect_ports.empty()
          || is_stand_in(made, protection::abstract_unix_socket_scope)))
    rules.clauses.push_back({{equals(0, unix_family)}, EACCES});
  // Landlock cannot check ports here (ABI < 4).
  if (is_stand_in(made, protection::net_tcp))
    for (const auto family : {inet, inet6})
      rules.clauses.push_back({{equals(0, family)}, EACCES});
  return rules;
}

/// Messages that may name their receiver, for all sockets: which one is meant,
/// and the name, a filter cannot see.
void add_datagrams(const profile& p, seccomp::policy_filter_spec& to) {
  if (!p.opens(group::unix_datagram)) {
    for (const auto& rules : syscall::datagram_rules())
      if (rules.syscall != "socket")
        add_rules(to, rules);
    return;
  }
  add_rules(to, trapping(*syscall::find_datagram_rules("sendto")));
  deny(to, "sendmsg", syscall::trap);
  deny(to, "sendmmsg", syscall::trap);
}

/// Without IOCTL_DEV (ABI < 5) every device that can be opened takes every
/// command, so only terminals, pipes, sockets and plain files keep theirs.
void keep_known_commands(argument_rules& rules) {
  constexpr std::uint32_t allowed[] = {
      0x5401,     0x5402,     0x5403,     0x5404,     // TCGETS TCSETS…
      0x802C542A, 0x402C542B, 0x402C542C, 0x402C542D, // TCGETS2 TCSETS2…
      0x5409,     0x540A,     0x540B,                 // TCSBRK TCXONC TCFLSH
      0x540E,     0x540F,     0x5410,                 // TIOCSCTTY …PGRP
      0x5411,     0x5413,     0x5414,                 // TIOCOUTQ …WINSZ
      0x541B,     0x5421,     0x5452,             // FIONREAD FIONBIO FIOASYNC
      0x5422,     0x5429,                         // TIOCNOTTY TIOCGSID
      0x5450,     0x5451,     0x5460,             // FIONCLEX FIOCLEX FIOQSIZE
      0x80045430, 0x40045431, 0x5441,             // TIOCGPTN …PTLCK …PEER
      0x8901,     0x8902,     0x8903,     0x8904, // socket owners
      0x8905,     0x894B,                         // SIOCATMARK SIOCOUTQNSD
      2,          0xC020660B,                     // FIGETBSZ FS_IOC_FIEMAP
      0x80086601, 0x801C5820, 0x80087601,         // FS_IOC_GETFLAGS …
      0x40049409, 0x4020940D,                     // FICLONE FICLONERANGE
  };
  for (const auto command : allowed)
    rules.clauses.push_back({{equals(1, command)}, 0});
  rules.otherwise = ENOTTY;
}

/// What a supervisor carries out, if there is one.
argument_rules answered(const argument_rules& rules, run_kind kind) {
  return kind == run_kind::supervised ? syscall::trapping(rules) : rules;
}

argument_rules ioctl_rules(const plan& made, run_kind kind) {
  auto rules = answered(*syscall::find_answerable("ioctl"), kind);
  // FIOSETOWN and SIOCSPGRP aim signals, with a number in memory.
  if (is_stand_in(made, protection::signal_scope))
    for (const std::uint32_t command : {0x8901U, 0x8902U})
      rules.clauses.push_back({{equals(1, command)}, EPERM});
  if (is_stand_in(made, protection::fs_ioctl_dev))
    keep_known_commands(rules);
  return rules;
}

/// Below ABI 6 the supervisor sends signals, to processes of the sandbox.
void add_signals(seccomp::policy_filter_spec& to) {
  for (const auto name :
       {"kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"})
    deny(to, name, syscall::trap);
  // PIDFD_SELF_THREAD, PIDFD_SELF_THREAD_GROUP
  to.rules.push_back({"pidfd_send_signal",
                      {{{equals(0, 0xFFFFD8F0)}, 0}, //
                       {{equals(0, 0xFFFFD8EF)}, 0}},
                      syscall::trap});
}

/// F_SETOWN of somebody, F_SETOWN_EX.
argument_rules fcntl_rules() {
  return {"fcntl",
          {{{equals(1, 8), equals(2, 0)}, 0},
           {{equals(1, 8)}, syscall::trap},
           {{equals(1, 15)}, syscall::trap}},
          0};
}

/// SECCOMP_SET_MODE_FILTER with SECCOMP_FILTER_FLAG_NEW_LISTENER: the kernel
/// has one listener for a tree, and should the supervisor's ever be closed,
/// the program could put its own in place.
argument_rules seccomp_rules() {
  return {"seccomp", {{{equals(0, 1), syscall::any_bits(1, 8)}, EBUSY}}, 0};
}

/// PR_SET_DUMPABLE and PR_GET_DUMPABLE: a target that hides its memory could
/// not be answered, so the flag is only remembered.
argument_rules prctl_rules() {
  return {"prctl",
          {{{equals(0, 4)}, syscall::trap}, {{equals(0, 3)}, syscall::trap}},
          0};
}

/// TRACEME, ATTACH and SEIZE: a thread that the keeper traces is let go first.
argument_rules ptrace_rules() {
  argument_rules rules{"ptrace", {}, 0};
  for (const std::uint32_t request : {0U, 16U, 0x4206U})
    rules.clauses.push_back({{equals(0, request)}, syscall::trap});
  return rules;
}

/// New processes are counted; new threads are not even trapped.
void count_processes(seccomp::policy_filter_spec& to) {
  constexpr std::uint32_t clone_thread = 0x10000;
  deny(to, "fork", syscall::trap);
  deny(to, "vfork", syscall::trap);
  to.rules.push_back(
      {"clone", {{{syscall::any_bits(0, clone_thread)}, 0}}, syscall::trap});
}

/// Whether a view changes what the call means: those about paths, and those
/// that name sockets.
bool means_view(syscall::operation op) {
  return syscall::is_about_paths(op) || op == syscall::operation::bind
         || op == syscall::operation::socket_name;
}

/// The one file that may be run is run by its name at a place of its own.
/// Whatever is there, the wall lets nothing else run.
argument_rules exec_rules() {
  return {"execve",
          {{{syscall::is_low(0),
             syscall::masked(0, exec::name_mask, exec::name_page_at)},
            0}},
          syscall::trap};
}

/// Which CPUs another thread may run on: while one is given an fd, that is not
/// what its process decided.
argument_rules affinity_rules() {
  return {"sched_getaffinity", {{{equals(0, 0)}, 0}}, syscall::trap};
}

/// Every call about a path is answered. A program's own Landlock rules would
/// not reach what is done on its behalf, so it cannot make any.
void answer_paths(const profile& p, seccomp::policy_filter_spec& to) {
  for (const auto& row : syscall::trap_rows()) {
    if (!means_view(row.op))
      continue;
    const auto same = [&](const auto& d) { return d.syscall == row.syscall; };
    const auto refused
        = [&](const auto& denied) { return denied.value == row.syscall; };
    if (std::ranges::any_of(p.extra_deny, refused))
      continue;
    std::erase_if(to.denied, same); // by the wall: the mirror knows better
    if (row.syscall == "execve")
      to.rules.push_back(exec_rules());
    else
      deny(to, row.syscall, syscall::trap);
  }
  deny(to, "landlock_create_ruleset", EOPNOTSUPP);
  add_rules(to, affinity_rules());
  if (p.hostname)
    deny(to, "uname", syscall::trap);
}

} // namespace

void add_answering_rules(seccomp::policy_filter_spec& to) {
  add_rules(to, prctl_rules());
  add_rules(to, ptrace_rules());
}

seccomp::policy_filter_spec make_filter(const profile& p, const plan& made,
                                        run_kind kind) {
  seccomp::policy_filter_spec filter;
  for (const auto& denied : p.extra_deny)
    deny(filter, denied.value, EPERM);
  for (const auto& row : syscall::rows())
    if (row.what == syscall::treatment::group && !p.opens(row.member_of))
      deny(filter, row.name, answer_for(row, kind));
  // Which address, and of which family, a filter cannot see.
  const bool supervised = kind == run_kind::supervised;
  if (supervised || p.connect_ports.empty())
    deny(filter, "connect", supervised ? syscall::trap : EACCES);
  if (supervised || p.bind_ports.empty())
    deny(filter, "listen", supervised ? syscall::trap : EACCES);
  if (is_stand_in(made, protection::fs_truncate))
    deny(filter, "truncate", EPERM);
  if (is_stand_in(made, protection::signal_scope)) {
    add_signals(filter);
    add_rules(filter, fcntl_rules());
  }
  add_rules(filter, socket_rules(p, made, kind));
  add_datagrams(p, filter);
  add_rules(filter, ioctl_rules(made, kind));
  for (const auto& rules : syscall::answerable_rules())
    if (rules.syscall != "ioctl")
      add_rules(filter, answered(rules, kind));
  if (kind == run_kind::unanswered)
    add_rules(filter, seccomp_rules());
  if (kind == run_kind::supervised) {
    add_rules(filter, seccomp_rules());
    if (made.mirrors)
      answer_paths(p, filter);
    if (p.max_processes)
      count_processes(filter);
    if (seccomp::traps(filter))
      add_answering_rules(filter);
  }
  return filter;
}

} // namespace cordon::policy
