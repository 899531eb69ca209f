// Signals of files (F_SETOWN and its like) aimed at groups that have members
// outside.
//
// group=PGID (of a process outside, in this session)
#include "tests/targets/probe.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <string>

using namespace probe;

namespace {

/// Both ends of a socket whose owner gets SIGUSR1 on input.
struct ends {
  int fd[2] = {-1, -1};

  ends() {
    ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd);
    ::fcntl(fd[0], F_SETSIG, SIGUSR1);
    ::fcntl(fd[0], F_SETFL, O_ASYNC);
  }
  long send() const {
    return ::write(fd[1], "x", 1);
  }
};

long by_ioctl(const ends& of, unsigned long command, int who) {
  return ::ioctl(of.fd[0], command, &who);
}

long by_structure(const ends& of, int type, int who) {
  const f_owner_ex owner{static_cast<__pid_type>(type), who};
  return ::fcntl(of.fd[0], F_SETOWN_EX, &owner);
}

/// As the newest member of the group, which is what the kernel asks about.
template <class Aim>
void as_member(const std::string& name, int group, Aim aim) {
  in_child(name, [&]() -> long {
    if (::setpgid(0, group) != 0)
      return -1;
    ::signal(SIGUSR1, SIG_IGN);
    const ends of;
    const long aimed = aim(of);
    const int error = errno;
    if (aimed == 0)
      of.send();
    errno = error;
    return aimed;
  });
}

} // namespace

int main(int argc, char** argv) {
  const facts told(argc, argv);
  const int group = told.number("group");
  as_member("setown", group, [&](const ends& of) {
    return ::fcntl(of.fd[0], F_SETOWN, -group);
  });
  as_member("setown_ex", group, [&](const ends& of) {
    return by_structure(of, F_OWNER_PGRP, group);
  });
  as_member("fiosetown", group,
            [&](const ends& of) { return by_ioctl(of, FIOSETOWN, -group); });
  as_member("siocspgrp", group,
            [&](const ends& of) { return by_ioctl(of, SIOCSPGRP, -group); });
  as_member("setown of the process", group,
            [&](const ends& of) { return ::fcntl(of.fd[0], F_SETOWN, group); });
  as_member("setown_ex of the process", group, [&](const ends& of) {
    return by_structure(of, F_OWNER_PID, group);
  });
  as_member("setown_ex of the thread", group, [&](const ends& of) {
    return by_structure(of, F_OWNER_TID, group);
  });
  // Who sets it first is somebody else.
  as_member("set before, changed after", group, [&](const ends& of) -> long {
    if (::fcntl(of.fd[0], F_SETOWN, ::getpid()) != 0)
      return -1;
    return ::fcntl(of.fd[0], F_SETOWN, -group);
  });
  // One's own stay possible.
  in_child("own process", [] {
    const ends of;
    return ::fcntl(of.fd[0], F_SETOWN, ::getpid());
  });
  in_child("own process by structure", [] {
    const ends of;
    return by_structure(of, F_OWNER_PID, ::getpid());
  });
  in_child("own thread by structure", [] {
    const ends of;
    return by_structure(of, F_OWNER_TID, ::gettid());
  });
  in_child("own process by ioctl", [] {
    const ends of;
    return by_ioctl(of, FIOSETOWN, ::getpid());
  });
  in_child("nobody", [] {
    const ends of;
    return ::fcntl(of.fd[0], F_SETOWN, 0);
  });
}
