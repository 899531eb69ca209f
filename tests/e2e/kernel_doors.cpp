// Ways out through the kernel: mounts, handles, namespaces, other call tables.
// Each works outside, for the same user, with the same program.
#include "tests/support/outside.hpp"
#include "tests/support/probes.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <sys/syscall.h>
#include <unistd.h>

using namespace cordon::test;
using enum shown;

namespace {

/// Runs a probe program outside and inside as each user in turn.
int compare_runs(const world& place, const std::string& target,
                 const words& facts, const std::vector<probe_row>& rows,
                 const words& options = {}) {
  const words program = words{programs::target(target)} + facts;
  return compare(rows, place.who(), answers_of(place.outside(program)),
                 answers_of(place.confined(options, program)));
}

} // namespace

TEST_CASE("mounts and trees cannot be rearranged or opened from inside",
          "[e2e][abuse-9][abuse-14][abuse-17]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string empty = place.files().directory("place", place.who());

  const int proofs = compare_runs(
      place, "mounts", {"secret=" + place.secret(), "place=" + empty},
      {{"open_tree", "ok", "EPERM|ENOSYS"},
       {"open_tree_read", "ok", "EPERM|ENOSYS"},
       {"open_tree_attr", "ok", "EPERM|ENOSYS", here},
       {"open_tree_clone", "ok|EINVAL", "EPERM|ENOSYS", here},
       {"mount", "ok", "EPERM", here},
       {"mount_bind", "ok", "EPERM", here},
       {"umount2", "ok", "EPERM", here},
       {"pivot_root", "EBUSY|EINVAL", "EPERM", here},
       {"chroot", "ok", "EPERM", here},
       {"chroot_escape", "ok", "EPERM", here},
       {"fsopen", "ok", "EPERM", here},
       {"fsconfig", "ok", "EPERM", here},
       {"fsmount", "ok", "EPERM", here},
       {"fspick", "ok", "EPERM", here},
       {"move_mount", "ok", "EPERM", here},
       {"mount_setattr", "ok", "EPERM", here},
       {"listmount", "ok", "EPERM|ENOSYS", here},
       {"statmount", "ok", "EPERM|ENOSYS", here}});

  CHECK(proofs >= 2);
}

TEST_CASE("file handles made outside open nothing inside", "[e2e][abuse-10]") {
  const world place(GENERATE(from_range(everybody())));
  const victim other(place.who());
  const words facts{programs::target("handles"), "secret=" + place.secret(),
                    "pid=" + std::to_string(other.pid())};

  const answers outside = answers_of(place.outside(facts));
  words with_handles = facts;
  for (const char* name : {"file_handle", "pidfs_handle", "nsfs_handle"})
    if (outside.at(name).find_first_not_of("0123456789abcdef")
        == std::string::npos)
      with_handles.push_back(std::string(name) + "=" + outside.at(name));
  answers inside = answers_of(place.confined({"-r", "/proc"}, with_handles));
  answers opened = outside;
  for (const char* name : {"file_handle", "pidfs_handle", "nsfs_handle"}) {
    inside.erase(name);
    opened.erase(name);
  }

  compare({{"open_file_by_handle", "ok", "EPERM|EOPNOTSUPP", to_root},
           {"open_outsider_in_pidfs", "ok", "EPERM|EOPNOTSUPP", here},
           {"open_namespace_in_nsfs", "ok", "EPERM|EOPNOTSUPP", here}},
          place.who(), opened, inside);
}

TEST_CASE("calls that reach the kernel as a whole are refused",
          "[e2e][abuse-18][abuse-48]") {
  const world place(GENERATE(from_range(everybody())));
  const victim other(place.who());

  const int proofs = compare_runs(
      place, "privileged", {"pid=" + std::to_string(other.pid())},
      {{"uselib", "ENOENT", "EPERM|ENOSYS", here},
       {"acct", "ENOENT", "EPERM", to_root},
       {"swapon", "ENOENT", "EPERM", to_root},
       {"swapoff", "ENOENT", "EPERM", to_root},
       {"quotactl", "ENOENT", "EPERM|ENOSYS", here},
       {"quotactl_fd", "EBADF", "EPERM|ENOSYS", here},
       {"bpf_obj_get", "ENOENT", "EPERM|ENOSYS", here},
       {"perf_self", "ok", "EPERM|EACCES", here},
       {"perf_outsider", "ok", "EPERM|EACCES", here},
       {"userfaultfd", "ok", "ENOSYS|EPERM", to_root},
       {"userfaultfd_user_mode", "ok", "ENOSYS|EPERM", here},
       {"syslog", "ok", "EPERM", to_root},
       {"keyctl", "ok", "ENOSYS"},
       {"add_key", "ok", "ENOSYS"},
       {"request_key", "ENOKEY", "ENOSYS"},
       {"kexec_load", "EINVAL", "EPERM|ENOSYS", to_root},
       {"kexec_file_load", "EINVAL|EBADF", "EPERM|ENOSYS", to_root},
       {"init_module", "EFAULT|ENOEXEC|EINVAL", "EPERM|ENOSYS", to_root},
       {"finit_module", "EBADF|EINVAL", "EPERM|ENOSYS", to_root},
       {"delete_module", "ENOENT", "EPERM|ENOSYS", to_root},
       {"reboot", "EINVAL", "EPERM", to_root},
       {"iopl", "ok", "EPERM", here},
       {"iopl_3", "ok", "EPERM", to_root},
       {"ioperm", "ok", "EPERM", here},
       {"modify_ldt", "ok", "ENOSYS|EPERM", here},
       {"clock_settime", "EFAULT", "EPERM"},
       {"settimeofday", "ok", "EPERM", to_root},
       {"sethostname", "EFAULT", "EPERM", to_root},
       {"setdomainname", "EFAULT", "EPERM", to_root},
       {"vhangup", "ok", "EPERM", to_root},
       {"lsm_set_self_attr", "EINVAL|EOPNOTSUPP", "EPERM|ENOSYS", here}});

  CHECK(proofs >= 4);
}

TEST_CASE("a program's own filters only tighten, and make no listener",
          "[e2e][abuse-30][abuse-32][threat-24]") {
  const world place(GENERATE(from_range(everybody())));

  const int proofs = compare_runs(
      place, "filters", {},
      {{"new_listener", "ok", "EBUSY"},
       {"new_listener_all_threads", "ok", "EBUSY|EINVAL"},
       {"new_listener_wide_flags", "ok", "EBUSY"},
       {"new_listener_from_a_thread", "ok", "EBUSY"},
       {"notify_without_listener", "ENOSYS", "ENOSYS", nowhere},
       {"own_allow", "EFAULT", "ENOSYS", here},
       {"own_log", "EFAULT", "ENOSYS", here},
       // The kernel's choice of two filters' errnos: a lie to oneself.
       {"own_errno_0_on_refused", "ok", "ok|ENOSYS", nowhere},
       {"own_trace", "ENOSYS", "ENOSYS", nowhere},
       {"own_notify", "ENOSYS", "ENOSYS", nowhere},
       {"own_errno_0", "ok", "ok", nowhere},
       {"own_errno_on_open", "ENOTNAM", "ENOTNAM", nowhere}});

  CHECK(proofs >= 4);
}

TEST_CASE("other tables of calls lead nowhere", "[e2e][abuse-39][threat-7]") {
  const world place(GENERATE(from_range(everybody())));

  compare_runs(
      place, "other_abis",
      {"secret=" + place.secret(), "place=" + place.inside(), "true=/bin/true"},
      {{"int80_getpid", "ok", "ENOSYS", here},
       {"int80_open", "ok", "ENOSYS", here},
       {"int80_execve", "exit-0", "ENOSYS", here},
       {"int80_socketcall", "ok", "ENOSYS", here},
       {"int80_unshare_user", "ok", "ENOSYS", here},
       {"x32_getpid", "ok", "ENOSYS", here},
       {"x32_execve", "EFAULT", "ENOSYS", here},
       {"x32_ptrace", "ok|ESRCH|EPERM", "ENOSYS", here},
       {"x32_unshare", "ok", "ENOSYS", here},
       {"number_minus_1", "ENOSYS", "ENOSYS", nowhere},
       {"number_with_high_bits", "ok", "ok", nowhere},
       {"numbers_470_to_600_known", "0", "0", nowhere},
       // It starts, but its first call (exit) does not work.
       {"i386_program", "exit-7", "SIGILL|ENOEXEC|EACCES", here}});
}

TEST_CASE("upper halves of registers do not hide an argument",
          "[e2e][abuse-40][threat-8]") {
  const world place(GENERATE(from_range(everybody())));
  const victim other(place.who());
  const std::string before = other.state();
  const words facts{"pid=" + std::to_string(other.pid())};
  const words program = words{programs::target("wide_arguments")} + facts;

  const answers inside = answers_of(place.confined({}, program));
  CHECK(other.state() == before);
  const answers outside = answers_of(place.outside(program));

  const int proofs
      = compare({{"socket_datagram", "ok", "EPERM"},
                 {"socket_netlink", "ok", "EAFNOSUPPORT"},
                 {"socket_packet", "ok", "EAFNOSUPPORT", to_root},
                 {"socket_mptcp", "ok", "EPROTONOSUPPORT", here},
                 {"socketpair_datagram", "ok", "EPERM"},
                 {"clone_user", "ok", "EPERM", here},
                 // Flags of unshare are a long: the kernel itself refuses.
                 {"unshare_user", "EINVAL", "EPERM|EINVAL", nowhere},
                 {"personality", "ok", "EPERM"},
                 // Reading another's limits changes nothing.
                 {"prlimit64_read", "ok", "ok|EPERM", nowhere},
                 {"sched_setaffinity", "ok", "EPERM"},
                 {"setpriority", "ok", "EPERM"},
                 {"prlimit64_self", "ok", "ok", nowhere},
                 // Of a directory that is granted.
                 {"ioctl_setflags", "ok|ENOTTY", "ok|ENOTTY", nowhere},
                 {"seccomp_listener", "EFAULT", "EBUSY"},
                 {"sendto_fastopen", "ok", "EOPNOTSUPP"}},
                place.who(), outside, inside);
  CHECK(proofs >= 8);
}

TEST_CASE("io_uring is not there", "[e2e][abuse-41][threat-6]") {
  const world place(GENERATE(from_range(everybody())));
  tcp_listener listener;
  const words program{programs::target("io_uring"), "secret=" + place.secret(),
                      "port=" + std::to_string(listener.port())};

  // A ring made outside must not arrive either.
  char parameters[256] = {};
  const cordon::unique_fd ring(
      static_cast<int>(::syscall(SYS_io_uring_setup, 4, parameters)));
  command held = place.confined({}, program);
  command free = place.outside(program);
  if (ring)
    for (command* each : {&held, &free})
      each->fds.emplace_back(ring.get(), 100);

  const answers inside = answers_of(held);
  CHECK(listener.arrivals() == 0);
  const answers outside = answers_of(free);

  compare({{"setup", "ok", "ENOSYS", here},
           {"enter", "EBADF", "ENOSYS", here},
           {"register", "EINVAL|EBADF|EFAULT", "ENOSYS", here},
           {"open_by_ring", "ok", "ENOSYS", here},
           {"connect_by_ring", "ok", "ENOSYS", here},
           {"inherited_ring", "ok", "EBADF|ENOSYS", here}},
          place.who(), outside, inside);
  if (outside.at("connect_by_ring") == "ok")
    CHECK(listener.arrivals() == 1);
}

TEST_CASE("no namespace is made or entered", "[e2e][abuse-42][threat-30]") {
  const world place(GENERATE(from_range(everybody())));
  const victim other(place.who());
  std::vector<probe_row> rows{
      {"unshare_time", "ok", "EPERM", here},
      {"clone3_plain", "ok", "ENOSYS"},
      {"int80_unshare_user", "ok", "ENOSYS", here},
      {"unshare_files", "ok", "ok", nowhere},
      {"setns_file", "ok", "EPERM", here},
      {"setns_pidfd", "ok", "EPERM", here},
      {"pidfd_user_namespace", "ok", "EPERM|EACCES|ENOTTY", here},
      {"pidfd_mount_namespace", "ok", "EPERM|EACCES|ENOTTY", here}};
  std::vector<std::string> names;
  for (const char* kind :
       {"user", "mount", "uts", "ipc", "pid", "net", "cgroup"})
    for (const char* call : {"clone_", "clone3_", "unshare_"})
      names.push_back(std::string(call) + kind);
  for (const std::string& name : names)
    rows.push_back({name.c_str(), "ok",
                    name.starts_with("clone3_") ? "ENOSYS" : "EPERM", here});

  const int proofs = compare_runs(place, "namespaces",
                                  {"pid=" + std::to_string(other.pid())}, rows,
                                  {"-r", "/proc"});

  CHECK(proofs >= 1);
}

TEST_CASE("personalities are few, and uncatchable numbers do nothing",
          "[e2e][abuse-50]") {
  const world place(GENERATE(from_range(everybody())));

  const int proofs
      = compare_runs(place, "personalities", {},
                     {{"personality_query", "ok", "ok", nowhere},
                      {"personality_linux", "ok", "ok", nowhere},
                      {"personality_linux32", "ok", "ok", nowhere},
                      {"personality_no_randomize", "ok", "ok", nowhere},
                      {"personality_read_implies_exec", "ok", "EPERM"},
                      {"personality_read_implies_exec_32", "ok", "EPERM"},
                      {"personality_map_page_zero", "ok", "EPERM"},
                      {"personality_compat_layout", "ok", "EPERM"},
                      {"personality_svr4", "ok", "EPERM"},
                      // The page is emulated where the kernel has it.
                      {"vsyscall_time", "ok", "ok|SIGSEGV|SIGSYS", nowhere},
                      {"uretprobe", "SIGILL", "SIGILL|ENXIO|ENOSYS", nowhere},
                      {"uprobe", "ENXIO", "SIGILL|ENXIO|ENOSYS", nowhere}});

  CHECK(proofs == 5);
}
