#include "core/paths/resolve.hpp"

#include "core/linux/calls.hpp"
#include "core/paths/walk.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <algorithm>
#include <optional>

namespace cordon::paths {
namespace {

/// A path without ".", ".." and empty components: what it passes through is
/// what it says. One slash at the end is harmless.
bool is_plain(std::string_view path) {
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    const auto name = path.substr(0, end);
    if (name.empty() || name == "." || name == "..")
      return false;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return true;
}

/// One question to the kernel: a directory, a path from there (empty: itself),
/// and how.
struct question {
  int base = -1;
  std::size_t tree = 0;
  std::string path;
  std::uint64_t resolve = 0;
};

/// Where there are no mounts, the kernel's own walk in the root is the answer,
/// or in the directory that is not to be left.
std::optional<question> in_one_tree(const resolver& by, const start& from,
                                    std::string_view path) {
  const bool absolute = path.starts_with('/');
  // The kernel would walk /proc as we are.
  if (by.in.at(from.where.tree).kind != backing::directory
      || (absolute && by.in.has_made_places() && path.starts_with("/proc")))
    return std::nullopt;
  if ((by.resolve & RESOLVE_BENEATH) != 0)
    if (absolute || by.top->fd != from.fd)
      return std::nullopt;
  if ((by.resolve & RESOLVE_IN_ROOT) != 0) {
    if (!absolute && by.top->fd != from.fd)
      return std::nullopt;
    return question{by.top->fd, by.top->where.tree, std::string(path), 0};
  }
  if (absolute)
    return question{by.in.at(0).fd.get(), 0, std::string(path),
                    RESOLVE_IN_ROOT};
  return question{from.fd, from.where.tree, std::string(path), RESOLVE_BENEATH};
}

/// With mounts the kernel may answer for paths whose walk is plain to see: no
/// symlink, no dots. Nothing: the walk has to be ours.
std::optional<question> in_many_trees(const resolver& by, const start& from,
                                      std::string_view path) {
  constexpr std::uint64_t ours
      = RESOLVE_BENEATH | RESOLVE_IN_ROOT | RESOLVE_NO_XDEV;
  const bool absolute = path.starts_with('/');
  auto rest = path.substr(absolute ? 1 : 0);
  if ((by.resolve & ours) != 0 || rest.empty() || !is_plain(rest))
    return std::nullopt;
  auto whole = absolute ? std::string(path) : join(from.where.path, path);
  const auto tree = by.in.tree_of(
      whole.ends_with('/') ? std::string_view(whole).substr(0, whole.size() - 1)
                           : whole);
  if (by.in.at(tree).kind != backing::directory)
    return std::nullopt;
  const std::uint64_t how = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  if (!absolute && tree == from.where.tree)
    return question{from.fd, tree, std::string(path), how};
  const auto& at = by.in.at(tree).at;
  auto beneath = whole.substr(at == "/" ? 1 : at.size());
  // Empty for "/work" itself, and "/work/": the directory that is mounted
  // there. The names on the way to it are not searched again; they were at the
  // start.
  if (beneath.starts_with('/'))
    beneath.erase(0, 1);
  return question{by.in.at(tree).fd.get(), tree, std::move(beneath), how};
}

/// Whether the kernel's "no" may have to do with how it was asked. (EAGAIN: it
/// met ".." while something moved, or was to look in its cache only.)
bool is_undecided(int error, std::uint64_t resolve) {
  if (error == EAGAIN && (resolve & RESOLVE_CACHED) != 0)
    return (resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) == 0;
  return error == EXDEV || error == EAGAIN || error == ELOOP;
}

/// A name in the directory itself.
result<named> name_in(const start& from, std::string_view leaf) {
  unique_fd directory{::openat(from.fd, ".", O_PATH | O_CLOEXEC)};
  if (!directory)
    return fail_errno("resolve a path", std::string(leaf));
  return named{std::move(directory), from.where.tree, std::string(leaf)};
}

} // namespace

std::string_view named::bare_leaf() const noexcept {
  const auto end = leaf.find_last_not_of('/');
  return std::string_view(leaf).substr(0, end + 1); // npos + 1: nothing
}

bool named::is_special() const noexcept {
  const auto bare = bare_leaf();
  return bare.empty() || bare == "." || bare == "..";
}

/// Whether the kernel's "no" may be about a made place, which it misses: not if
/// the path is plain to see, leads nowhere near one, and no link was passed.
bool resolver::may_lead_to_made(const start& from, std::string_view path,
                                bool without_links, int error) const {
  if (!in.has_made_places()
      || (error != ENOENT && error != ENOTDIR && error != EACCES))
    return false;
  if (!without_links)
    return true;
  const auto tree = in.tree_of(
      path.starts_with('/') ? std::string(path) : join(from.where.path, path));
  return tree != from.where.tree && tree != 0;
}

result<found> resolver::object(const start& from, std::string_view path,
                               bool follow) const {
  auto made = anything(from, path, follow);
  if (made && !made->where && !made->held
      && is_in_proc(made->fd.get(), made->facts))
    return fail(EACCES, "resolve a path in /proc", std::string(path));
  return made;
}

result<found> resolver::anything(const start& from, std::string_view path,
                                 bool follow) const {
  auto made = quickly(from, path, follow);
  if (!made)
    return tl::make_unexpected(made.error());
  if (!*made) {
    auto walked = walk{*this}.object(from, path, follow);
    if (!walked)
      return walked;
    made = std::move(*walked);
    if (::fstat((*made)->fd.get(), &(*made)->facts) != 0)
      return fail_errno("look at what a path names", std::string(path));
  }
  return std::move(**made);
}

/// With one question to the kernel; nothing where the walk has to be ours.
result<std::optional<found>>
resolver::quickly(const start& from, std::string_view path, bool follow) const {
  const auto asked = in.crosses_mounts() ? in_many_trees(*this, from, path)
                                         : in_one_tree(*this, from, path);
  if (!asked)
    return std::nullopt;
  open_how how{};
  how.flags = static_cast<unsigned>(O_PATH | O_CLOEXEC)
              | (follow ? 0U : static_cast<unsigned>(O_NOFOLLOW));
  how.resolve = asked->resolve | resolve | RESOLVE_NO_MAGICLINKS;
  const auto ask = [&](std::uint64_t more) {
    auto with = how;
    with.resolve |= more;
    return unique_fd{
        asked->path.empty()
            ? ::fcntl(asked->base, F_DUPFD_CLOEXEC, 0)
            : sys::openat2(asked->base, asked->path.c_str(), with)};
  };
  // Without links first: a "no" is final then, and most are asked for what is
  // not there.
  bool without_links = in.has_made_places() && !in.crosses_mounts()
                       && is_plain(path.substr(path.starts_with('/') ? 1 : 0));
  found made{ask(without_links ? RESOLVE_NO_SYMLINKS : 0), asked->tree};
  if (!made.fd && without_links && errno == ELOOP) {
    without_links = false;
    made.fd = ask(0);
  }
  if (!made.fd) {
    const int error = errno;
    if (!is_undecided(error, resolve)
        && (in.crosses_mounts()
            || !may_lead_to_made(from, path, without_links, error)))
      return fail(error, "resolve a path", std::string(path));
    return std::nullopt;
  }
  if (::fstat(made.fd.get(), &made.facts) != 0)
    return fail_errno("look at what a path names", std::string(path));
  if (in.crosses_mounts() || !in.has_made_places()
      || !in.covers(made.fd.get(), made.facts))
    return made;
  return std::nullopt;
}

result<named> resolver::name(const start& from, std::string_view path) const {
  // The last component begins after the last slash that has a name after it.
  const auto end = path.find_last_not_of('/');
  if (end == std::string_view::npos) { // "/", "//", …
    auto root = object(from, "/", true);
    if (!root)
      return tl::make_unexpected(root.error());
    return named{std::move(root->fd), root->tree, "/"};
  }
  const auto slash = path.rfind('/', end);
  if (slash == std::string_view::npos)
    return name_in(from, path);
  const auto leaf = path.substr(slash + 1);
  auto directory = object(from, path.substr(0, slash + 1), true);
  if (!directory)
    return tl::make_unexpected(directory.error());
  return named{std::move(directory->fd), directory->tree, std::string(leaf)};
}

result<named> resolver::name_from(const named& at,
                                  std::string_view text) const {
  if (text.starts_with('/'))
    return name({}, text);
  auto where = in.locate(at.directory.get());
  if (!where)
    return tl::make_unexpected(where.error());
  return name({at.directory.get(), std::move(*where)}, text);
}

} // namespace cordon::paths
