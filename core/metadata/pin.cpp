#include "core/metadata/pin.hpp"

#include "core/linux/calls.hpp"

#include <linux/openat2.h>
#include <sys/stat.h>

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

/// The caller's fd itself. `usable`: one opened with O_PATH is no fd to calls
/// like fchmod(2).
result<pinned> pin_fd(pid_t tid, int fd, bool usable) {
  if (fd < 0)
    return fail(EBADF, "use a file descriptor");
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
  return made;
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
  return made;
}

} // namespace

result<pinned> pin(const notify::request& from) {
  const auto& where = from.where;
  if (!where.path)
    return pin_fd(from.tid, where.fd, true);
  if (where.path->empty()) {
    if (!where.empty_path)
      return fail(ENOENT, "resolve an empty path");
    if (where.fd != AT_FDCWD)
      return pin_fd(from.tid, where.fd, false);
  }
  if (const int own = own_fd_number(*where.path); own >= 0 && where.follow)
    return pin_fd(from.tid, own, false);
  if (where.path->starts_with('/'))
    return pin_path(AT_FDCWD, from);
  auto base = start_of(from);
  if (!base)
    return tl::make_unexpected(base.error());
  if (where.path->empty())
    return pinned{std::move(*base), false};
  return pin_path(base->get(), from);
}

} // namespace cordon::metadata
