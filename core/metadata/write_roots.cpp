#include "core/metadata/write_roots.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

namespace cordon::metadata {
namespace {

/// Whether `path` is `root` or goes on after it.
bool is_beneath(const std::string& root, const std::string& path) {
  if (root == "/")
    return path.starts_with('/');
  return !root.empty() && path.starts_with(root)
         && (path.size() == root.size() || path[root.size()] == '/');
}

} // namespace

std::string name_of(const unique_fd& object) {
  const auto link = "/proc/self/fd/" + std::to_string(object.get());
  char bytes[4096];
  const auto length = ::readlink(link.c_str(), bytes, sizeof bytes);
  return length <= 0 ? std::string{}
                     : std::string(bytes, static_cast<std::size_t>(length));
}

void write_roots::add(const std::string& path) {
  unique_fd fd{::open(path.c_str(), O_PATH | O_CLOEXEC)};
  if (!fd)
    return;
  auto name = name_of(fd);
  roots_.push_back({std::move(fd), std::move(name)});
}

bool write_roots::confirmed(root& candidate, const std::string& path) {
  // It may have been moved since: the object counts, not its first name.
  candidate.path = name_of(candidate.fd);
  return is_beneath(candidate.path, path);
}

bool write_roots::covers(const pinned& object) const {
  return object.open_for_writing || cover(name_of(object.fd));
}

bool write_roots::cover(const std::string& path) const {
  const auto looks_right
      = [&](const root& each) { return is_beneath(each.path, path); };
  const auto is_right = [&](root& each) { return confirmed(each, path); };
  if (std::ranges::any_of(roots_, [&](root& each) {
        return looks_right(each) && is_right(each);
      }))
    return true;
  return std::ranges::any_of(roots_, is_right);
}

} // namespace cordon::metadata
