// Garbage in the upper half of registers whose argument is an int: the kernel
// does not look at it, so a filter that does can be walked around.
#include "tests/targets/probe.hpp"

#include <linux/fs.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

using namespace probe;

namespace {

constexpr long bit_32 = 1L << 32;
constexpr long bit_40 = 1L << 40;

void sockets() {
  report("socket_datagram",
         call(SYS_socket, AF_INET | bit_32, SOCK_DGRAM | bit_40, bit_32));
  report("socket_netlink", call(SYS_socket, AF_NETLINK | bit_32, SOCK_RAW, 0));
  report("socket_packet",
         call(SYS_socket, AF_PACKET | bit_32, SOCK_RAW | bit_32, 0));
  report("socket_mptcp", call(SYS_socket, AF_INET, SOCK_STREAM, 262 | bit_32));
  int pair[2];
  report("socketpair_datagram",
         call(SYS_socketpair, AF_UNIX | bit_32, SOCK_DGRAM | bit_32, 0, pair));
}

void processes(int outsider) {
  in_child("clone_user", [] {
    const long child = call(SYS_clone, CLONE_NEWUSER | SIGCHLD | bit_32 << 1,
                            nullptr, nullptr, nullptr, nullptr);
    if (child == 0)
      ::_exit(0);
    return child;
  });
  in_child("unshare_user",
           [] { return call(SYS_unshare, CLONE_NEWUSER | bit_32); });
  in_child("personality",
           [] { return call(SYS_personality, READ_IMPLIES_EXEC | bit_32); });
  rlimit limit{};
  report("prlimit64_read",
         call(SYS_prlimit64, outsider | bit_32, RLIMIT_CORE, nullptr, &limit));
  cpu_set_t set;
  CPU_ZERO(&set);
  ::sched_getaffinity(0, sizeof set, &set);
  report("sched_setaffinity",
         call(SYS_sched_setaffinity, outsider | bit_32, sizeof set, &set));
  report("setpriority",
         call(SYS_setpriority, PRIO_PROCESS | bit_32, outsider | bit_32, 19));
  // Allowed in every width: the low half says "this process".
  report("prlimit64_self",
         call(SYS_prlimit64, bit_32, RLIMIT_CORE, nullptr, &limit));
}

void descriptors() {
  const int fd = ::open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int flags = 0;
  ::ioctl(fd, FS_IOC_GETFLAGS, &flags);
  report("ioctl_setflags",
         call(SYS_ioctl, fd | bit_32,
              static_cast<long>(FS_IOC_SETFLAGS) | bit_40, &flags));
  in_child("seccomp_listener", [] {
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    // No program: the kernel answers EFAULT where it gets that far.
    return call(SYS_seccomp, SECCOMP_SET_MODE_FILTER | bit_32,
                SECCOMP_FILTER_FLAG_NEW_LISTENER | bit_32, nullptr);
  });
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0)
    report("sendto_fastopen",
           call(SYS_sendto, pair[0], "x", 1,
                MSG_FASTOPEN | MSG_DONTWAIT | bit_32, nullptr, 0));
}

} // namespace

int main(int argc, char** argv) {
  const facts told(argc, argv);
  sockets();
  processes(told.number("pid"));
  descriptors();
}
