// raw_answer COMMAND…: the floor of a trapped call. Runs COMMAND under a filter
// that traps what it handles, and answers with one loop that does the same
// kernel work as cordon's lane and nothing else: epoll, RECV, the path read
// from memory, ID_VALID, resolve, name, change, SEND.
#include "core/linux/calls.hpp"
#include "core/notify/calls.hpp"
#include "core/notify/target_memory.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

using namespace cordon;

namespace {

constexpr int fork_with_files = 0x400 | SIGCHLD;

int install() {
  sock_filter code[]
      = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
         BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fchmod, 2, 0),
         BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_utimensat, 1, 0),
         BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_chmod, 0, 1),
         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  sock_fprog program{6, code};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return sys::seccomp(SECCOMP_SET_MODE_FILTER,
                      sys::abi::seccomp_new_listener
                          | sys::abi::seccomp_wait_killable,
                      &program);
}

int outcome(int returned) {
  return returned < 0 ? errno : 0;
}

/// fchmod(fd, mode): on the caller's own fd.
int change_fd(notify::kernel_calls& kernel, const seccomp_notif& raw,
              int thread) {
  const auto& args = raw.data.args;
  const unique_fd taken{sys::pidfd_getfd(thread, static_cast<int>(args[0]))};
  struct stat facts {};
  if (!taken || ::fcntl(taken.get(), F_GETFL) < 0 || !kernel.valid(raw.id)
      || ::fstat(taken.get(), &facts) != 0)
    return EBADF;
  return outcome(::fchmod(taken.get(), static_cast<mode_t>(args[1])));
}

/// chmod(path, mode) and utimensat(AT_FDCWD, path, now), on behalf.
int change(notify::kernel_calls& kernel, const seccomp_notif& raw) {
  const bool times = raw.data.nr == SYS_utimensat;
  const auto& args = raw.data.args;
  const auto path
      = notify::target_memory{static_cast<pid_t>(raw.pid)}.read_string(
          args[times ? 1 : 0], 4096);
  if (!path || !kernel.valid(raw.id))
    return EFAULT;
  if (path->empty())
    return ENOENT;
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_NO_MAGICLINKS;
  const unique_fd pin{sys::openat2(AT_FDCWD, path->c_str(), how)};
  if (!pin)
    return errno;
  struct statfs place {};
  ::fstatfs(pin.get(), &place);
  char name[4096], link[32];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", pin.get());
  struct stat facts {};
  // The object's name, a granted directory's name, and whether it is a device.
  if (::readlink(link, name, sizeof name) < 0
      || ::readlink("/proc/self/fd/0", name, sizeof name) < 0
      || ::fstat(pin.get(), &facts) != 0)
    return errno;
  if (times)
    return outcome(::utimensat(pin.get(), "", nullptr, AT_EMPTY_PATH));
  return outcome(sys::fchmodat2(pin.get(), "", static_cast<mode_t>(args[1]),
                                AT_EMPTY_PATH));
}

void answer(notify::kernel_calls& kernel) {
  const unique_fd epoll{::epoll_create1(EPOLL_CLOEXEC)};
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, kernel.fd(), &wanted);
  unique_fd thread;
  while (true) {
    epoll_event happened;
    if (::epoll_wait(epoll.get(), &happened, 1, -1) < 1)
      continue;
    if ((happened.events & EPOLLHUP) != 0)
      return;
    seccomp_notif raw{};
    if (kernel.receive(raw) != 0)
      continue;
    seccomp_notif_resp response{};
    response.id = raw.id;
    if (!thread)
      thread.reset(sys::pidfd_open(static_cast<pid_t>(raw.pid)));
    response.error = raw.data.nr == SYS_fchmod
                         ? -change_fd(kernel, raw, thread.get())
                         : -change(kernel, raw);
    kernel.send(response);
  }
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 2)
    return 2;
  int ends[2];
  if (::pipe(ends) != 0)
    return 3;
  const auto child = static_cast<pid_t>(
      ::syscall(SYS_clone, fork_with_files, nullptr, nullptr, nullptr, 0));
  if (child == 0) {
    const int listener = install();
    if (::write(ends[1], &listener, sizeof listener) < 0)
      ::_exit(1);
    sys::close_range(3, ~0U, sys::abi::close_range_unshare);
    sys::close_range(3, ~0U, 0);
    ::execvp(argv[1], argv + 1);
    ::_exit(127);
  }
  int listener = -1;
  if (::read(ends[0], &listener, sizeof listener) < 0)
    return 3;
  notify::kernel_calls kernel{unique_fd{listener}};
  answer(kernel);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
