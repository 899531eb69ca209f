#include "core/paths/settle.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <optional>

namespace cordon::paths {
namespace {

/// In /proc names mean something to each caller only: what is written counts.
std::optional<settled> settle_in_proc(const view& in, const std::string& path) {
  const auto plain = clean(path);
  if (!plain)
    return std::nullopt;
  const auto tree = in.tree_of(*plain);
  if (in.at(tree).kind != backing::proc)
    return std::nullopt;
  settled made;
  made.where = rules_place(in, {tree, *plain, *plain});
  if (row_of(in, {tree, *plain, {}}).what != proc_name::kind::closed)
    made.fd = in.at(tree).fd.duplicate();
  return made;
}

/// What a link into /proc says, which nobody is there to follow.
std::optional<std::string> link_to_proc(const resolver& walks,
                                        const std::string& path) {
  const auto link = walks.object({}, path, false);
  std::array<char, 4096> text;
  const auto length
      = link ? ::readlinkat(link->fd.get(), "", text.data(), text.size()) : -1;
  if (length <= 0)
    return std::nullopt;
  std::string made{text.data(), static_cast<std::size_t>(length)};
  return made.starts_with("/proc/") ? std::optional{std::move(made)}
                                    : std::nullopt;
}

} // namespace

result<settled> settle(const view& in, const std::string& path) {
  if (auto there = settle_in_proc(in, path))
    return std::move(*there);
  const resolver walks{in, nullptr, 0, nullptr};
  settled made;
  auto there = walks.object({}, path, true);
  if (!there && there.error().code == EACCES && in.has_made_places())
    if (const auto text = link_to_proc(walks, path))
      return settle(in, *text);
  if (there) {
    auto where = there->where ? result<position>{*there->where}
                              : in.locate(there->fd.get());
    if (!where)
      return tl::make_unexpected(where.error());
    struct stat facts {};
    if (::fstat(there->fd.get(), &facts) != 0)
      return fail_errno("look at a place", path);
    made.fd = std::move(there->fd);
    made.where = std::move(*where);
    made.object = {facts.st_dev, facts.st_ino};
    return made;
  }
  const auto bare
      = std::string_view(path).substr(0, path.find_last_not_of('/') + 1);
  if (there.error().code != ENOENT || bare.empty())
    return tl::make_unexpected(there.error());
  auto above = settle(in, std::string(parent_of(bare)));
  if (!above)
    return tl::make_unexpected(above.error());
  const auto name = bare.substr(bare.rfind('/') + 1);
  if (name == "..")
    return tl::make_unexpected(there.error());
  made.where = name == "." ? above->where : above->where.child(name);
  return made;
}

} // namespace cordon::paths
