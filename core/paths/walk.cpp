#include "core/paths/walk.hpp"

#include "core/base/small_file.hpp"
#include "core/linux/calls.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <array>
#include <cerrno>

namespace cordon::paths {
namespace {

constexpr int most_links = 40; // MAXSYMLINKS

int checked(const unique_fd& fd) {
  return fd ? 0 : errno;
}

/// fs.protected_symlinks: links in sticky directories that everybody writes to
/// are followed for their owners and the directory's only.
bool protects_links() {
  static const bool does = [] {
    const auto text = read_small_file("/proc/sys/fs/protected_symlinks");
    return text && text->starts_with('1');
  }();
  return does;
}

} // namespace

int walk::go_to_root() {
  if (asks(RESOLVE_BENEATH))
    return EXDEV;
  if (asks(RESOLVE_IN_ROOT)) {
    fd_.reset(::fcntl(by_.top->fd, F_DUPFD_CLOEXEC, 0));
    where_ = by_.top->where;
    placed_ = true;
    return checked(fd_);
  }
  fd_.reset(::fcntl(in_.at(0).fd.get(), F_DUPFD_CLOEXEC, 0));
  where_ = {0, "/", {}};
  placed_ = true;
  return checked(fd_);
}

/// "." asks for a directory that may be searched.
int walk::stay() {
  unique_fd same{::openat(fd_.get(), ".", O_PATH | O_CLOEXEC)};
  return checked(same);
}

/// The step leaves what the caller limits the walk to. One that may look in
/// the kernel's cache only stops there with another error.
int walk::crossing() const {
  return asks(RESOLVE_CACHED) ? EAGAIN : EXDEV;
}

/// Slashes at the end ask for a directory, but do not search it.
int walk::check_directory() const {
  struct stat facts {};
  if (::fstat(fd_.get(), &facts) != 0)
    return errno;
  return S_ISDIR(facts.st_mode) ? 0 : ENOTDIR;
}

int walk::go_up() {
  if (!placed_)
    return EACCES;
  if (asks(RESOLVE_BENEATH | RESOLVE_IN_ROOT)
      && where_.path == by_.top->where.path)
    return asks(RESOLVE_BENEATH) ? crossing() : stay();
  const auto& tree = in_.at(where_.tree);
  const bool at_top = where_.path == tree.at;
  if (at_top && where_.tree == 0)
    return stay();
  if (!at_top) {
    unique_fd up{::openat(fd_.get(), "..", O_PATH | O_CLOEXEC)};
    if (!up)
      return errno;
    // We may have been moved; the directory above must be in the view, too.
    auto where = in_.locate(up.get());
    if (!where)
      return where.error().code;
    fd_ = std::move(up);
    where_ = std::move(*where);
    return 0;
  }
  if (asks(RESOLVE_NO_XDEV))
    return crossing();
  if (const int error = stay(); error != 0)
    return error;
  // From the top of a mount to the directory that holds its mount point.
  auto above
      = resolver{in_, nullptr, 0, nullptr}.object({}, parent_of(tree.at), true);
  if (!above)
    return above.error().code;
  where_.path = parent_of(where_.path);
  where_.tree = in_.tree_of(where_.path);
  fd_ = std::move(above->fd);
  return 0;
}

int walk::check_owner(int link) const {
  const bool last = left_.find_first_not_of('/') == std::string::npos;
  if (!last || !protects_links())
    return 0;
  struct stat of_link {
  }, of_directory{};
  if (::fstat(link, &of_link) != 0 || ::fstat(fd_.get(), &of_directory) != 0)
    return errno;
  constexpr mode_t open_to_all = S_ISVTX | S_IWOTH;
  const bool free = (of_directory.st_mode & open_to_all) != open_to_all
                    || of_link.st_uid == ::geteuid()
                    || of_link.st_uid == of_directory.st_uid;
  return free ? 0 : EACCES;
}

int walk::follow_link(unique_fd link) {
  if (asks(RESOLVE_NO_SYMLINKS))
    return ELOOP;
  if (++links_ > most_links)
    return ELOOP;
  if (const int error = check_owner(link.get()); error != 0)
    return error;
  if (is_in_proc(link.get()))
    return ELOOP; // of a proc file system that the view does not show
  std::array<char, 4096> text;
  const auto length = ::readlinkat(link.get(), "", text.data(), text.size());
  if (length <= 0)
    return length == 0 ? ENOENT : errno;
  left_.insert(0, text.data(), static_cast<std::size_t>(length));
  // As the kernel has it: with RESOLVE_NO_XDEV a path that was relative knows
  // no root to compare with.
  if (text[0] == '/' && relative_ && asks(RESOLVE_NO_XDEV)
      && !asks(RESOLVE_IN_ROOT))
    return EXDEV;
  return text[0] == '/' ? go_to_root() : 0;
}

int walk::enter(const std::string& name, bool follow) {
  if (is_in_made_proc())
    return enter_proc(name, follow);
  if (const auto made
      = in_.made_at(placed_ ? join(where_.path, name) : std::string{})) {
    // Whether anything backs the place does not matter; the way there does.
    if (const int error = stay(); error != 0)
      return error;
    if (asks(RESOLVE_NO_XDEV))
      return crossing();
    fd_.reset(::fcntl(in_.at(*made).fd.get(), F_DUPFD_CLOEXEC, 0));
    where_ = {*made, in_.at(*made).at, in_.at(*made).host};
    return checked(fd_);
  }
  open_how how{};
  how.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = by_.resolve & RESOLVE_NO_XDEV;
  unique_fd next{sys::openat2(fd_.get(), name.c_str(), how)};
  if (!next)
    return errno;
  auto path = placed_ ? join(where_.path, name) : std::string{};
  if (const auto mounted = in_.mounted_at(path)) {
    if (asks(RESOLVE_NO_XDEV))
      return crossing();
    next.reset(::fcntl(in_.at(*mounted).fd.get(), F_DUPFD_CLOEXEC, 0));
    if (!next)
      return errno;
    where_ = {*mounted, std::move(path), {}};
    fd_ = std::move(next);
    return 0;
  }
  struct stat facts {};
  if (::fstat(next.get(), &facts) != 0)
    return errno;
  if (S_ISLNK(facts.st_mode) && (follow || !left_.empty()))
    return follow_link(std::move(next));
  fd_ = std::move(next);
  where_.path = std::move(path);
  return 0;
}

result<found> walk::object(const start& from, std::string_view path,
                           bool follow) {
  const auto failed = [&](int error) {
    return fail(error, "resolve a path", std::string(path));
  };
  left_ = path;
  relative_ = !path.starts_with('/');
  int error = 0;
  if (!relative_) {
    error = go_to_root();
  } else {
    fd_.reset(::fcntl(from.fd, F_DUPFD_CLOEXEC, 0));
    where_ = from.where;
    error = checked(fd_);
    if (error == 0 && is_in_made_proc()
        && (by_.proc == nullptr || !by_.proc->admits(where_)))
      error = EACCES;
  }
  while (error == 0) {
    const auto begin = left_.find_first_not_of('/');
    if (begin == std::string::npos) {
      error = left_.empty() ? 0 : check_directory();
      break;
    }
    const auto end = std::min(left_.find('/', begin), left_.size());
    const auto name = left_.substr(begin, end - begin);
    left_.erase(0, end);
    if (name == ".")
      error = stay();
    else if (name == "..")
      error = go_up();
    else
      error = enter(name, follow);
  }
  if (error != 0)
    return failed(error);
  found made{std::move(fd_), where_.tree, {}, std::move(held_)};
  if (placed_ && in_.at(where_.tree).kind != backing::directory)
    made.where = std::move(where_);
  return made;
}

} // namespace cordon::paths
