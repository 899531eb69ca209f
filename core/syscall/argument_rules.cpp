#include "core/syscall/argument_rules.hpp"

#include <algorithm>
#include <cerrno>

namespace cordon::syscall {
namespace {

constexpr outcome run = 0;

/// CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET}.
constexpr std::uint32_t namespace_flags = 0x7E020000;
/// CLONE_NEWTIME; in clone(2) that bit is part of the exit signal.
constexpr std::uint32_t time_namespace_flag = 0x80;

constexpr std::uint32_t msg_fastopen = 0x20000000;

// Address families, socket types (low four bits) and protocols.
constexpr std::uint32_t unix_family = 1, inet = 2, inet6 = 10;
constexpr std::uint32_t type_mask = 0xF, stream = 1, datagram = 2,
                        seqpacket = 5;
constexpr std::uint32_t tcp = 6;

/// Only when argument `who` is 0, the caller itself.
argument_rules self_only(std::string_view name, std::uint8_t who = 0) {
  return {name, {{{equals(who, 0)}, run}}, EPERM};
}

std::vector<argument_clause>
refuse_values(std::uint8_t argument,
              std::initializer_list<std::uint32_t> values, outcome error) {
  std::vector<argument_clause> clauses;
  clauses.reserve(values.size());
  for (const auto value : values)
    clauses.push_back({{equals(argument, value)}, error});
  return clauses;
}

/// Terminal injection, inode versions and encryption keys through any fd,
/// namespace fds, host interfaces. Commands are u32: the kernel drops the
/// upper half of the register (CVE-2019-10063 was a filter that did not).
argument_rules ioctl_rules() {
  // TCGETS, FIONREAD and FIONBIO come with every open and every event loop.
  std::vector<argument_clause> clauses = {{{equals(1, 0x5401)}, run},
                                          {{equals(1, 0x541B)}, run},
                                          {{equals(1, 0x5421)}, run}};
  const auto refused
      = refuse_values(1,
                      {
                          0x5412,     // TIOCSTI
                          0x541C,     // TIOCLINUX
                          0x541D,     // TIOCCONS
                          0x5423,     // TIOCSETD
                          0x40046602, // FS_IOC32_SETFLAGS
                          0x40087602, // FS_IOC_SETVERSION
                          0x40806685, // FS_IOC_ENABLE_VERITY
                          0x800C6613, // FS_IOC_SET_ENCRYPTION_POLICY
                          0xC0506617, // FS_IOC_ADD_ENCRYPTION_KEY
                          0xC0406618, // FS_IOC_REMOVE_ENCRYPTION_KEY
                          0xC0406619, // …_KEY_ALL_USERS
                          0xC0189436, // FIDEDUPERANGE
                          0xC0045877, // FIFREEZE
                          0xC0045878, // FITHAW
                          0xC0185879, // FITRIM
                      },
                      EPERM);
  clauses.insert(clauses.end(), refused.begin(), refused.end());
  clauses.push_back({{equals(1, 0xC0686611)}, ENOTTY}); // PROCMAP_QUERY
  // PIDFD_GET_*_NAMESPACE: _IO(0xFF, 1…10). PIDFD_GET_INFO is 11.
  for (std::uint32_t n = 0xFF01; n <= 0xFF0A; ++n)
    clauses.push_back({{equals(1, n)}, EPERM});
  // FICLONE, FICLONERANGE, BTRFS_IOC_GET_FSLABEL; the rest of btrfs resolves
  // names and manages volumes.
  for (const std::uint32_t command : {0x40049409U, 0x4020940DU, 0x81009431U})
    clauses.push_back({{equals(1, command)}, run});
  // Signal owners are held by the signal scope; SIOCATMARK and SIOCOUTQNSD
  // look at the socket alone. Other socket ioctls show the host's interfaces.
  for (const std::uint32_t command :
       {0x8901U, 0x8902U, 0x8903U, 0x8904U, 0x8905U, 0x894BU})
    clauses.push_back({{equals(1, command)}, run});
  // Whole families by type byte: btrfs, sockets, nsfs, keyboard, consoles.
  for (const std::uint32_t type : {0x9400U, 0x8900U, 0xB700U, 0x4B00U, 0x5600U})
    clauses.push_back({{masked(1, 0xFF00, type)}, EPERM});
  return {"ioctl", std::move(clauses), run};
}

argument_rules prctl_rules() {
  // PR_TASK_PERF_EVENTS_{DIS,EN}ABLE, PR_MCE_KILL, PR_SET_IO_FLUSHER.
  auto clauses = refuse_values(0, {31, 32, 33, 57}, EPERM);
  clauses.push_back({{equals(0, 62)}, EINVAL});             // PR_SCHED_CORE
  clauses.push_back({{equals(0, 35), equals(1, 14)}, run}); // PR_SET_MM_MAP
  clauses.push_back({{equals(0, 35)}, EPERM});              // PR_SET_MM
  return {"prctl", std::move(clauses), run};
}

argument_rules socket_rules() {
  std::vector<argument_clause> clauses;
  // Datagrams are for policies to open: see make_datagram_rules.
  for (const auto type : {stream, datagram, seqpacket})
    for (const std::uint32_t protocol : {0U, 1U})
      clauses.push_back({{equals(0, unix_family), masked(1, type_mask, type),
                          equals(2, protocol)},
                         run});
  clauses.push_back({{equals(0, unix_family)}, EPERM});
  for (const auto family : {inet, inet6}) {
    const auto is_stream = masked(1, type_mask, stream);
    // MPTCP (262) and SCTP (132) streams escape Landlock's TCP rules.
    for (const auto protocol : {0U, tcp})
      clauses.push_back(
          {{equals(0, family), is_stream, equals(2, protocol)}, run});
    clauses.push_back({{equals(0, family), is_stream}, EPROTONOSUPPORT});
    clauses.push_back({{equals(0, family)}, EPERM});
  }
  return {"socket", std::move(clauses), EAFNOSUPPORT};
}

argument_rules socketpair_rules() {
  std::vector<argument_clause> clauses;
  for (const auto type : {stream, datagram, seqpacket})
    clauses.push_back(
        {{equals(0, unix_family), masked(1, type_mask, type)}, run});
  clauses.push_back({{equals(0, unix_family)}, EPERM});
  return {"socketpair", std::move(clauses), EOPNOTSUPP};
}

argument_rules setsockopt_rules() {
  struct option {
    std::uint32_t level, name;
  };
  constexpr option refused[] = {
      {0, 4},   // IP_OPTIONS: source routes
      {41, 5},  // IPV6_2292RTHDR
      {41, 6},  // IPV6_2292PKTOPTIONS
      {41, 57}, // IPV6_RTHDR: segment routing
      {1, 25},  // SO_BINDTODEVICE
      {1, 36},  // SO_MARK
      {1, 50},  // SO_ATTACH_BPF
      {1, 51},  // SO_ATTACH_REUSEPORT_CBPF
      {1, 52},  // SO_ATTACH_REUSEPORT_EBPF
      {1, 62},  // SO_BINDTOIFINDEX
      {1, 68},  // SO_DETACH_REUSEPORT_BPF
      {6, 19},  // TCP_REPAIR
      {6, 30},  // TCP_FASTOPEN_CONNECT
      {6, 31},  // TCP_ULP
  };
  std::vector<argument_clause> clauses;
  for (const auto& o : refused)
    clauses.push_back({{equals(1, o.level), equals(2, o.name)}, EPERM});
  clauses.push_back({{equals(1, 132)}, EPERM}); // SCTP
  return {"setsockopt", std::move(clauses), run};
}

argument_rules personality_rules() {
  // PER_LINUX, PER_LINUX32, both with UNAME26, ADDR_NO_RANDOMIZE, query.
  std::vector<argument_clause> clauses;
  for (const std::uint32_t persona :
       {0U, 8U, 0x20000U, 0x20008U, 0x40000U, 0xFFFFFFFFU})
    clauses.push_back({{equals(0, persona)}, run});
  return {"personality", std::move(clauses), EPERM};
}

std::vector<argument_rules> make_rules() {
  // In the filter the first entries are tested first: the frequent calls.
  std::vector<argument_rules> all = {
      {"fcntl",
       {{{equals(1, 1024)}, EAGAIN},  // F_SETLEASE
        {{equals(1, 1026)}, EINVAL}}, // F_NOTIFY
       run},
      ioctl_rules(),
      {"sendto", {{{any_bits(3, msg_fastopen)}, EOPNOTSUPP}}, run},
      {"sendmsg", {{{any_bits(2, msg_fastopen)}, EOPNOTSUPP}}, run},
      {"clone", {{{any_bits(0, namespace_flags)}, EPERM}}, run},
      socket_rules(),
      setsockopt_rules(),
      {"getsockopt", {{{equals(1, 132)}, EPERM}}, run}, // SCTP: CONNECTX3
      prctl_rules(),
      socketpair_rules(),
      {"sendmmsg", {{{any_bits(3, msg_fastopen)}, EOPNOTSUPP}}, run},
      personality_rules(),
      {"unshare",
       {{{any_bits(0, namespace_flags | time_namespace_flag)}, EPERM}},
       run},
  };
  for (const auto name : {"migrate_pages", "move_pages"})
    all.push_back(self_only(name));
  return all;
}

std::vector<argument_rules> make_answerable_rules() {
  std::vector<argument_rules> all = {
      // FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR
      {"ioctl",
       {{{equals(1, 0x40086602)}, EPERM}, {{equals(1, 0x401C5820)}, EPERM}},
       run},
      // Reading another's limits changes nothing.
      {"prlimit64", {{{equals(0, 0)}, run}, {{not_null(2)}, EPERM}}, run},
      // PRIO_PROCESS and IOPRIO_WHO_PROCESS, of the caller.
      {"setpriority", {{{equals(0, 0), equals(1, 0)}, run}}, EPERM},
      {"ioprio_set", {{{equals(0, 1), equals(1, 0)}, run}}, EPERM},
  };
  for (const auto name : {"sched_setaffinity", "sched_setscheduler",
                          "sched_setparam", "sched_setattr"})
    all.push_back(self_only(name));
  return all;
}

/// AF_UNIX datagram sockets take an address with every message, from memory
/// when it comes by sendmsg(2). A pair of them could be connected anew, to a
/// socket file.
std::vector<argument_rules> make_datagram_rules() {
  const std::vector<argument_test> is_datagram{equals(0, unix_family),
                                               masked(1, type_mask, datagram)};
  return {{"socket", {{is_datagram, EPERM}}, run},
          {"socketpair", {{is_datagram, EPERM}}, run},
          {"sendto", {{{not_null(4)}, EACCES}}, run}};
}

bool holds(const argument_test& test, std::uint64_t argument) noexcept {
  const auto low = static_cast<std::uint32_t>(argument);
  using kind = argument_test::kind;
  switch (test.what) {
  case kind::equals:
    return low == test.value;
  case kind::masked:
    return (low & test.mask) == test.value;
  case kind::any_bits:
    return (low & test.mask) != 0;
  case kind::is_null:
    return argument == 0;
  case kind::not_null:
    return argument != 0;
  case kind::is_low:
    return argument >> 32 == 0;
  }
  return false;
}

} // namespace

std::span<const argument_rules> constant_rules() {
  static const auto all = make_rules();
  return all;
}

std::span<const argument_rules> answerable_rules() {
  static const auto all = make_answerable_rules();
  return all;
}

std::span<const argument_rules> datagram_rules() {
  static const auto all = make_datagram_rules();
  return all;
}

argument_rules trapping(argument_rules rules) {
  for (auto& clause : rules.clauses)
    if (clause.then != run)
      clause.then = trap;
  if (rules.otherwise != run)
    rules.otherwise = trap;
  return rules;
}

const argument_rules* find_datagram_rules(std::string_view name) {
  const auto all = datagram_rules();
  const auto found = std::ranges::find(all, name, &argument_rules::syscall);
  return found == all.end() ? nullptr : &*found;
}

const argument_rules* find_answerable(std::string_view name) {
  const auto all = answerable_rules();
  const auto found = std::ranges::find(all, name, &argument_rules::syscall);
  return found == all.end() ? nullptr : &*found;
}

const argument_rules* find_rules(std::string_view name) {
  const auto all = constant_rules();
  const auto found = std::ranges::find(all, name, &argument_rules::syscall);
  return found == all.end() ? nullptr : &*found;
}

outcome evaluate(const argument_rules& rules,
                 std::span<const std::uint64_t, 6> args) noexcept {
  for (const auto& clause : rules.clauses)
    if (std::ranges::all_of(clause.when, [&](const argument_test& test) {
          return holds(test, args[test.argument]);
        }))
      return clause.then;
  return rules.otherwise;
}

} // namespace cordon::syscall
