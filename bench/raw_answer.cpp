// raw_answer COMMAND…: the floor of a trapped call. Runs COMMAND under a filter
// that traps what it handles, and answers with one loop that does the same
// kernel work as cordon's lane and nothing else: epoll, RECV, the path read
// from memory, ID_VALID, resolve, name, change, SEND.
#include "bench/raw_loop.hpp"
#include "core/notify/target_memory.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>

#include <cerrno>
#include <cstdio>
#include <memory>

using namespace cordon;

namespace {

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

/// connect(fd, address of a socket file, size): on the caller's own fd.
int connect(notify::kernel_calls& kernel, const seccomp_notif& raw,
            int thread) {
  const auto& args = raw.data.args;
  const unique_fd taken{sys::pidfd_getfd(thread, static_cast<int>(args[0]))};
  const auto address
      = notify::target_memory{static_cast<pid_t>(raw.pid)}.read_as<sockaddr_un>(
          args[1]);
  int domain = 0, type = 0, protocol = 0;
  socklen_t size = sizeof domain;
  if (!taken || !address || (::fcntl(taken.get(), F_GETFL) & O_PATH) != 0
      || ::getsockopt(taken.get(), SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0
      || ::getsockopt(taken.get(), SOL_SOCKET, SO_TYPE, &type, &size) != 0
      || ::getsockopt(taken.get(), SOL_SOCKET, SO_PROTOCOL, &protocol, &size)
             != 0)
    return EBADF;
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_NO_MAGICLINKS;
  const unique_fd pin{sys::openat2(AT_FDCWD, address->sun_path, how)};
  struct statfs place {};
  struct stat facts {};
  char name[4096], link[32];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", pin.get());
  // As above: names of the object and of a granted directory.
  if (!pin || ::fstatfs(pin.get(), &place) != 0 || !kernel.valid(raw.id)
      || ::readlink(link, name, sizeof name) < 0
      || ::readlink("/proc/self/fd/0", name, sizeof name) < 0
      || ::fstat(pin.get(), &facts) != 0)
    return errno;
  sockaddr_un there{AF_UNIX, {}};
  std::snprintf(there.sun_path, sizeof there.sun_path, "%s", link);
  return outcome(::connect(
      taken.get(), reinterpret_cast<const sockaddr*>(&there), sizeof there));
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

bool is_fork(int number) {
  return number == SYS_fork || number == SYS_vfork || number == SYS_clone;
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 2)
    return 2;
  return bench::run(
      argv + 1,
      {SYS_fchmod, SYS_connect, SYS_utimensat, SYS_chmod, SYS_fork, SYS_vfork,
       SYS_clone},
      [](notify::kernel_calls& kernel) {
        return [&kernel, thread = std::make_shared<unique_fd>()](
                   const seccomp_notif& raw) -> std::optional<bench::said> {
          if (is_fork(raw.data.nr)) {
            kernel.send({raw.id, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE});
            return std::nullopt;
          }
          if (!*thread)
            thread->reset(sys::pidfd_open(static_cast<pid_t>(raw.pid)));
          if (raw.data.nr == SYS_connect)
            return bench::said{connect(kernel, raw, thread->get())};
          return bench::said{raw.data.nr == SYS_fchmod
                                 ? change_fd(kernel, raw, thread->get())
                                 : change(kernel, raw)};
        };
      });
}
