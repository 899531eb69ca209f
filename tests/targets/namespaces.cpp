// New namespaces and other processes' namespaces, by every call that makes or
// enters one.
//
// pid=OUTSIDER
#include "tests/targets/probe.hpp"

#include <linux/sched.h>
#include <sched.h>
#include <sys/ioctl.h>

#include <string>

using namespace probe;

namespace {

struct kind {
  const char* name;
  unsigned long flag;
};

constexpr unsigned long new_time = 0x80;
constexpr kind kinds[] = {
    {"user", CLONE_NEWUSER},     {"mount", CLONE_NEWNS}, {"uts", CLONE_NEWUTS},
    {"ipc", CLONE_NEWIPC},       {"pid", CLONE_NEWPID},  {"net", CLONE_NEWNET},
    {"cgroup", CLONE_NEWCGROUP},
};

/// Unprivileged, other namespaces come with a user namespace.
unsigned long reachable(unsigned long flag) {
  return ::geteuid() == 0 ? flag : flag | CLONE_NEWUSER;
}

long cloned(unsigned long flags) {
  const long child
      = call(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (child == 0)
    ::_exit(0);
  return child;
}

long cloned3(unsigned long flags) {
  clone_args arguments{};
  arguments.flags = flags;
  arguments.exit_signal = SIGCHLD;
  const long child = call(SYS_clone3, &arguments, sizeof arguments);
  if (child == 0)
    ::_exit(0);
  return child;
}

void made() {
  for (const kind& each : kinds) {
    const std::string name = each.name;
    in_child("clone_" + name, [&] { return cloned(reachable(each.flag)); });
    in_child("clone3_" + name, [&] { return cloned3(reachable(each.flag)); });
    in_child("unshare_" + name,
             [&] { return call(SYS_unshare, reachable(each.flag)); });
  }
  in_child("unshare_time",
           [] { return call(SYS_unshare, reachable(new_time)); });
  in_child("clone3_plain", [] { return cloned3(0); });
  // i386 unshare(CLONE_NEWUSER).
  in_child("int80_unshare_user", [] {
    long result = 0;
    asm volatile("int $0x80"
                 : "=a"(result)
                 : "a"(310), "b"(CLONE_NEWUSER)
                 : "memory", "r8", "r9", "r10", "r11");
    if (result >= 0)
      return 0L;
    errno = static_cast<int>(-result);
    return -1L;
  });
  // What threads use is no namespace.
  in_child("unshare_files",
           [] { return call(SYS_unshare, CLONE_FILES | CLONE_FS); });
}

/// A process in a user namespace of its own, to be entered.
pid_t in_own_namespace() {
  int ready[2];
  if (::pipe(ready) != 0)
    return -1;
  const pid_t child = ::fork();
  if (child == 0) {
    const char done = ::unshare(CLONE_NEWUSER) == 0 ? 'y' : 'n';
    if (::write(ready[1], &done, 1) == 1)
      ::pause();
    ::_exit(0);
  }
  char done = 'n';
  if (::read(ready[0], &done, 1) != 1)
    return -1;
  return child;
}

void entered(int outsider) {
  const pid_t other = in_own_namespace();
  in_child("setns_file", [&] {
    const std::string path = "/proc/" + std::to_string(other) + "/ns/user";
    return call(SYS_setns, ::open(path.c_str(), O_RDONLY | O_CLOEXEC), 0);
  });
  in_child("setns_pidfd", [&] {
    return call(SYS_setns, call(SYS_pidfd_open, other, 0), CLONE_NEWUSER);
  });
  if (other > 0) {
    ::kill(other, SIGKILL);
    ::waitpid(other, nullptr, 0);
  }

  // PIDFD_GET_USER_NAMESPACE and PIDFD_GET_MNT_NAMESPACE (Linux 6.11).
  const long pidfd = call(SYS_pidfd_open, outsider, 0);
  report("pidfd_user_namespace", call(SYS_ioctl, pidfd, 0xFF09, 0));
  report("pidfd_mount_namespace", call(SYS_ioctl, pidfd, 0xFF03, 0));
}

} // namespace

int main(int argc, char** argv) {
  const facts told(argc, argv);
  made();
  entered(told.number("pid"));
}
