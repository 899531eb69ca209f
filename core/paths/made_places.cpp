// Places of a view that no host directory backs.
#include "core/linux/calls.hpp"
#include "core/paths/made_files.hpp"
#include "core/paths/view.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <algorithm>
#include <memory>

namespace cordon::paths {
namespace {

bool is_proc_root(int fd) {
  struct stat facts {};
  constexpr ino_t proc_root = 1;
  return is_in_proc(fd) && ::fstat(fd, &facts) == 0
         && facts.st_ino == proc_root;
}

/// Whether nothing is in a directory; not, when that cannot be told.
bool is_empty(int directory) {
  const int own = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> open{
      own < 0 ? nullptr : ::fdopendir(own), ::closedir};
  if (!open)
    return false;
  while (const auto* const entry = ::readdir(open.get()))
    if (const std::string_view name{entry->d_name}; name != "." && name != "..")
      return false;
  return true;
}

} // namespace

bool is_in_proc(int fd) {
  struct stat object {};
  return ::fstat(fd, &object) != 0 || is_in_proc(fd, object);
}

bool is_in_proc(int fd, const struct stat& facts) {
  // File systems on disks are none, without asking.
  struct statfs system {};
  return major(facts.st_dev) == 0
         && (::fstatfs(fd, &system) != 0 || system.f_type == PROC_SUPER_MAGIC);
}

void view::add_made(tree made) {
  trees_.push_back(std::move(made));
  has_made_ = true;
}

/// The kernel does not know of the place, so what it finds there, or misses, is
/// looked at again. Where that cannot be told from what it finds, it is not
/// asked: everything is walked in our own steps.
void view::cover(int directory, const std::string& name, backing by) {
  const unique_fd there{
      ::openat(directory, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
  if (!there)
    return;
  struct stat facts {};
  if (::fstat(there.get(), &facts) != 0)
    crosses_ = true;
  covered_.push_back({facts.st_dev, facts.st_ino});
  const bool plain = by == backing::proc ? S_ISDIR(facts.st_mode)
                                               && (is_proc_root(there.get())
                                                   || is_empty(there.get()))
                                         : S_ISREG(facts.st_mode);
  crosses_ = crosses_ || !plain;
}

result<void> view::add_file(const std::string& at, std::string_view text) {
  if (mounted_at(at))
    return {};
  const auto slash = at.rfind('/');
  const auto parent = std::string(parent_of(at));
  const auto& outer = trees_[tree_of(at)];
  if (outer.kind != backing::directory)
    return fail(ENOENT, "put a file at", at);
  const auto rest = std::string_view(parent).substr(
      std::min(parent.size(), outer.at == "/" ? 1 : outer.at.size() + 1));
  open_how how{};
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  const std::string relative{rest.empty() ? "." : rest};
  const unique_fd directory{
      sys::openat2(outer.fd.get(), relative.c_str(), how)};
  if (!directory)
    return fail_errno("put a file at", at);
  auto file = make_file(at, text);
  if (!file)
    return tl::make_unexpected(file.error());
  if (&outer == trees_.data())
    cover(directory.get(), at.substr(slash + 1), backing::content);
  add_made({at, std::move(*file), true, {}, backing::content});
  return {};
}

void view::add_proc() {
  bool taken = false;
  for (auto& each : trees_) {
    taken = taken || each.at == "/proc";
    if (each.at != "/" && is_proc_root(each.fd.get())) {
      each.kind = backing::proc;
      each.read_only = true;
      has_made_ = true;
    }
  }
  unique_fd host{::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (taken || !host || !is_proc_root(host.get()))
    return;
  cover(trees_[0].fd.get(), "proc", backing::proc);
  auto name = kernel_name(host.get());
  add_made({"/proc", std::move(host), true, std::move(name), backing::proc});
}

bool view::covers(int fd, const struct stat& facts) const {
  const bool is_place = std::ranges::any_of(covered_, [&](const covered& each) {
    return each.device == facts.st_dev && each.inode == facts.st_ino;
  });
  return is_place || (major(facts.st_dev) == 0 && is_in_proc(fd, facts));
}

bool view::names(std::string_view name) const {
  return std::any_of(trees_.begin() + 1, trees_.end(), [&](const tree& each) {
    auto rest = std::string_view(each.at);
    while (!rest.empty()) {
      rest.remove_prefix(1); // the slash
      const auto end = std::min(rest.find('/'), rest.size());
      if (rest.substr(0, end) == name)
        return true;
      rest.remove_prefix(end);
    }
    return false;
  });
}

std::optional<std::size_t> view::made_at(std::string_view path) const {
  if (!has_made_)
    return std::nullopt;
  const auto found = mounted_at(path);
  if (found && trees_[*found].kind == backing::directory)
    return std::nullopt;
  return found;
}

std::vector<std::pair<std::string, std::size_t>>
view::made_in(std::string_view directory) const {
  std::vector<std::pair<std::string, std::size_t>> made;
  for (std::size_t i = 1; has_made_ && i < trees_.size(); ++i)
    if (trees_[i].kind != backing::directory
        && parent_of(trees_[i].at) == directory)
      made.emplace_back(trees_[i].at.substr(trees_[i].at.rfind('/') + 1), i);
  return made;
}

} // namespace cordon::paths
