#include "core/paths/settle.hpp"

#include <sys/stat.h>

namespace cordon::paths {

result<settled> settle(const view& in, const std::string& path) {
  const resolver walks{in, nullptr, 0, nullptr};
  settled made;
  auto there = walks.object({}, path, true);
  if (there) {
    auto where = in.locate(there->fd.get());
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
