#include "core/paths/view.hpp"

#include "core/linux/calls.hpp"
#include "core/paths/fd_path.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

namespace cordon::paths {
namespace {

constexpr std::string_view deleted_mark = " (deleted)";

result<unique_fd> pin_directory(const std::string& path) {
  unique_fd fd{::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!fd)
    return fail_errno("open the directory", path);
  return fd;
}

/// The place in `base` that `path` names without any symbolic link.
result<unique_fd> pin_beneath(int base, std::string_view path) {
  open_how how{};
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  const std::string relative{path.empty() ? "." : path};
  unique_fd fd{sys::openat2(base, relative.c_str(), how)};
  if (!fd)
    return fail_errno("find the mount point", relative);
  return fd;
}

/// The kernel marks the names of what has none any more. A file may be called
/// like that, too, so the number of links decides.
void unmark_deleted(std::string& name, int fd) {
  if (!name.ends_with(deleted_mark))
    return;
  struct stat facts {};
  if (::fstat(fd, &facts) == 0 && facts.st_nlink == 0)
    name.resize(name.size() - deleted_mark.size());
}

} // namespace

std::string kernel_name(int fd) {
  const fd_path link{fd};
  std::array<char, 4096> bytes;
  const auto length = ::readlink(link.c_str(), bytes.data(), bytes.size());
  return length <= 0
             ? std::string{}
             : std::string(bytes.data(), static_cast<std::size_t>(length));
}

bool is_beneath(std::string_view place, std::string_view path) {
  if (place == "/")
    return path.starts_with('/');
  return !place.empty() && path.starts_with(place)
         && (path.size() == place.size() || path[place.size()] == '/');
}

std::string_view parent_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == 0 || slash == std::string_view::npos ? "/"
                                                       : path.substr(0, slash);
}

std::string join(std::string_view base, std::string_view name) {
  std::string made{base};
  if (!made.ends_with('/'))
    made += '/';
  return made.append(name);
}

position position::child(std::string_view name) const {
  return {tree, join(path, name), join(host, name)};
}

std::optional<std::string> clean(std::string_view path) {
  if (!path.starts_with('/'))
    return std::nullopt;
  std::string made;
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    const auto name = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (name == "..")
      return std::nullopt;
    if (!name.empty() && name != ".")
      made.append("/").append(name);
  }
  return made.empty() ? "/" : made;
}

result<view> view::make(const std::string& root,
                        const std::vector<mount_spec>& mounts) {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  const unique_fd probe{sys::openat2(AT_FDCWD, ".", how)};
  if (!probe && errno == ENOSYS)
    return fail(ENOSYS, "resolve paths in a root (openat2, Linux 5.6)");
  auto fd = pin_directory(root);
  if (!fd)
    return tl::make_unexpected(fd.error());
  view made;
  auto name = kernel_name(fd->get());
  made.trees_.push_back({"/", std::move(*fd), false, std::move(name)});
  made.crosses_ = !mounts.empty();
  // Outer ones first, so that a mount point is looked for in what backs it.
  auto ordered = mounts;
  std::ranges::stable_sort(ordered, {}, [](const mount_spec& spec) {
    return std::ranges::count(spec.at, '/');
  });
  for (const auto& wanted : ordered)
    if (const auto added = made.add(wanted); !added)
      return tl::make_unexpected(added.error());
  return made;
}

result<void> view::add(const mount_spec& wanted) {
  auto at = clean(wanted.at);
  if (!at || *at == "/")
    return fail(EINVAL, "mount at", wanted.at);
  if (mounted_at(*at))
    return fail(EEXIST, "mount at", wanted.at);
  const auto& outer = trees_[tree_of(*at)];
  const auto rest
      = std::string_view(*at).substr(outer.at == "/" ? 1 : outer.at.size() + 1);
  if (const auto point = pin_beneath(outer.fd.get(), rest); !point)
    return fail(point.error().code, "find the mount point", *at);
  auto fd = pin_directory(wanted.host);
  if (!fd)
    return tl::make_unexpected(fd.error());
  auto name = kernel_name(fd->get());
  trees_.push_back(
      {std::move(*at), std::move(*fd), wanted.read_only, std::move(name)});
  return {};
}

void view::refresh() const {
  for (auto& each : trees_)
    each.host = kernel_name(each.fd.get());
}

std::size_t view::tree_of(std::string_view path) const {
  std::size_t best = 0;
  for (std::size_t i = 1; i < trees_.size(); ++i)
    if (is_beneath(trees_[i].at, path)
        && trees_[i].at.size() > trees_[best].at.size())
      best = i;
  return best;
}

std::optional<std::size_t> view::mounted_at(std::string_view path) const {
  for (std::size_t i = 1; i < trees_.size(); ++i)
    if (trees_[i].at == path)
      return i;
  return std::nullopt;
}

bool view::leads_to_mount(std::string_view path) const {
  return std::any_of(trees_.begin() + 1, trees_.end(), [&](const tree& each) {
    return is_beneath(path, each.at);
  });
}

std::optional<position> view::map(std::string_view host) const {
  std::optional<position> best;
  for (std::size_t i = 0; i < trees_.size(); ++i) {
    const auto& each = trees_[i];
    if (each.kind == backing::content || !is_beneath(each.host, host)
        || (best && trees_[best->tree].host.size() >= each.host.size()))
      continue;
    auto rest = host.substr(each.host == "/" ? 0 : each.host.size());
    if (rest == "/")
      rest = {};
    auto path = (each.at == "/" ? "" : each.at) + std::string(rest);
    if (path.empty())
      path = "/";
    // What another mount covers has no name in the view.
    if (tree_of(path) == i)
      best = position{i, std::move(path), std::string(host)};
  }
  return best;
}

result<position> view::locate(int fd) const {
  auto name = kernel_name(fd);
  if (!name.starts_with('/'))
    return fail(EACCES, "find a place in the view", std::move(name));
  unmark_deleted(name, fd);
  if (auto found = map(name))
    return std::move(*found);
  // Somebody outside may have moved a whole tree: the directory counts, not
  // its first name.
  refresh();
  if (auto found = map(name))
    return std::move(*found);
  return fail(EACCES, "find a place in the view", std::move(name));
}

std::optional<position> view::find_host(std::string_view kernel_name) const {
  if (auto found = map(kernel_name))
    return found;
  refresh();
  return map(kernel_name);
}

} // namespace cordon::paths
