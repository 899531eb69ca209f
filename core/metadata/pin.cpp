#include "core/metadata/pin.hpp"

#include "core/linux/calls.hpp"

#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include <array>
#include <charconv>
#include <string_view>

namespace cordon::metadata {
namespace {

std::string of_thread(pid_t tid, std::string_view what) {
  std::string path = "/proc/" + std::to_string(tid) + "/";
  path += what;
  return path;
}

std::string fd_link(pid_t tid, int fd) {
  return of_thread(tid, "fd/" + std::to_string(fd));
}

/// The same by its number in /proc, where fds cannot be taken.
result<pinned> pin_by_link(pid_t tid, int fd, bool usable) {
  const auto link = fd_link(tid, fd);
  // The link's own mode says how the file was opened.
  struct stat facts {};
  if (::lstat(link.c_str(), &facts) != 0)
    return fail(errno == ENOENT ? EBADF : errno, "look at the caller's fd");
  const bool reads = (facts.st_mode & S_IRUSR) != 0;
  const bool writes = (facts.st_mode & S_IWUSR) != 0;
  if (usable && !reads && !writes)
    return fail(EBADF, "use a file descriptor");
  pinned made;
  made.fd.reset(::open(link.c_str(), O_PATH | O_CLOEXEC));
  if (!made.fd)
    return fail(errno == ENOENT ? EBADF : errno, "pin the caller's fd");
  made.open_for_writing = writes;
  made.by_thread = true;
  return made;
}

/// The caller's fd itself. `usable`: one opened with O_PATH is no fd to calls
/// like fchmod(2).
result<pinned> pin_fd(notify::caller_fds& fds, pid_t tid, int fd, bool usable) {
  if (fd < 0)
    return fail(EBADF, "use a file descriptor");
  auto taken = fds.take(tid, fd);
  if (!taken) {
    if (taken.error().code == EBADF)
      return tl::make_unexpected(taken.error());
    return pin_by_link(tid, fd, usable);
  }
  const int flags = ::fcntl(taken->get(), F_GETFL);
  const bool is_place = (flags & O_PATH) != 0;
  if (flags < 0 || (usable && is_place))
    return fail(EBADF, "use a file descriptor");
  const int way = flags & O_ACCMODE;
  return pinned{std::move(*taken),
                !is_place && (way == O_WRONLY || way == O_RDWR), true};
}

/// The directory a relative path starts in.
result<unique_fd> start_of(const notify::request& from) {
  const int fd = from.where.fd;
  if (fd < 0 && fd != AT_FDCWD)
    return fail(EBADF, "use a directory");
  const auto link
      = fd == AT_FDCWD ? of_thread(from.tid, "cwd") : fd_link(from.tid, fd);
  unique_fd base{::open(link.c_str(), O_PATH | O_CLOEXEC)};
  if (!base)
    return fail(fd != AT_FDCWD && errno == ENOENT ? EBADF : errno,
                "open the caller's directory");
  return base;
}

/// N of "/proc/self/fd/N", "/proc/thread-self/fd/N" and "/dev/fd/N", which
/// must mean the caller's; -1 for any other path. C libraries make chmod of a
/// link out of these where the kernel has no fchmodat2(2).
int own_fd_number(std::string_view path) {
  constexpr std::array<std::string_view, 3> prefixes
      = {"/proc/self/fd/", "/proc/thread-self/fd/", "/dev/fd/"};
  for (const auto prefix : prefixes) {
    if (!path.starts_with(prefix))
      continue;
    const auto digits = path.substr(prefix.size());
    int number = -1;
    const auto* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, number);
    if (error == std::errc{} && stop == end && number >= 0)
      return number;
  }
  return -1;
}

result<pinned> pin_path(int base, const notify::request& from) {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC
              | (from.where.follow ? 0U : static_cast<unsigned>(O_NOFOLLOW));
  how.resolve = RESOLVE_NO_MAGICLINKS;
  pinned made;
  made.fd.reset(sys::openat2(base, from.where.path->c_str(), how));
  if (!made.fd)
    return fail_errno("resolve a path of the caller", *from.where.path);
  // There "self" would be us.
  struct statfs place {};
  if (::fstatfs(made.fd.get(), &place) != 0 || place.f_type == PROC_SUPER_MAGIC)
    return fail(EPERM, "change what is in /proc", *from.where.path);
  return made;
}

/// The caller's directory itself.
result<pinned> pin_start(const notify::request& from) {
  auto base = start_of(from);
  if (!base)
    return tl::make_unexpected(base.error());
  return pinned{std::move(*base), false, true};
}

/// fsetxattr(AT_FDCWD, …) means the working directory since Linux 6.13, which
/// has one way for it and setxattrat(2); fremovexattr(2) has its own.
bool takes_cwd_for_fd(syscall::operation op) {
  static const bool kernel_does
      = ::fsetxattr(AT_FDCWD, "no.such.namespace", "", 0, 0) != 0
        && errno != EBADF;
  return op == syscall::operation::setxattr && kernel_does;
}

/// An empty path. For extended attributes an O_PATH fd is none, and there is
/// nothing to remove from "".
result<pinned> pin_empty(const notify::request& from, notify::caller_fds& fds) {
  const auto& where = from.where;
  const bool removes = from.op == syscall::operation::removexattr;
  const bool sets = from.op == syscall::operation::setxattr
                    || from.op == syscall::operation::setattr;
  if (!where.empty_path)
    return fail(ENOENT, "resolve an empty path");
  if (where.fd != AT_FDCWD)
    return pin_fd(fds, from.tid, where.fd, removes || sets);
  if (removes)
    return fail(EBADF, "use a file descriptor");
  return pin_start(from);
}

} // namespace

result<pinned> pin(const notify::request& from, notify::caller_fds& fds) {
  const auto& where = from.where;
  if (!where.path) {
    if (where.fd == AT_FDCWD && takes_cwd_for_fd(from.op))
      return pin_start(from);
    return pin_fd(fds, from.tid, where.fd, true);
  }
  if (where.path->empty())
    return pin_empty(from, fds);
  if (const int own = own_fd_number(*where.path); own >= 0 && where.follow)
    return pin_fd(fds, from.tid, own, false);
  if (where.path->starts_with('/'))
    return pin_path(AT_FDCWD, from);
  const auto base = start_of(from);
  if (!base)
    return tl::make_unexpected(base.error());
  auto made = pin_path(base->get(), from);
  if (made)
    made->by_thread = true;
  return made;
}

} // namespace cordon::metadata
