#include "policy/covers.hpp"

namespace cordon::policy {

bool covers(std::string_view place, std::string_view path) {
  if (place == "/")
    return path.starts_with('/');
  return path.starts_with(place)
         && (path.size() == place.size() || path[place.size()] == '/');
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos)
    return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string settle(const file_lookup& files, const std::string& path) {
  if (auto found = files.canonical(path))
    return std::move(*found);
  auto bare = path;
  while (bare.size() > 1 && bare.back() == '/')
    bare.pop_back();
  const auto parent = parent_of(bare);
  if (parent == bare || bare.empty() || bare == ".")
    return bare;
  const auto slash = bare.rfind('/');
  const auto name = slash == std::string::npos ? bare : bare.substr(slash + 1);
  const auto above = settle(files, parent);
  return above == "/" ? above + name : above + "/" + name;
}

} // namespace cordon::policy
