#include "cli/library_places.hpp"

#include <algorithm>
#include <string_view>

namespace cordon::cli {
namespace {

/// ld.so(8), "Dynamic string tokens". Other tokens name directories that
/// depend on the loader; such a place is left out.
std::string replace_origin(std::string place, const std::string& directory) {
  if (directory.empty() && place.find('$') != std::string::npos)
    return {};
  for (const std::string_view token : {"${ORIGIN}", "$ORIGIN"})
    for (std::size_t at; (at = place.find(token)) != std::string::npos;)
      place.replace(at, token.size(), directory);
  return place.find('$') == std::string::npos ? place : std::string{};
}

void add_list(std::string_view list, std::vector<std::string>& to) {
  while (!list.empty()) {
    const auto end = std::min(list.find_first_of(":;"), list.size());
    to.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

} // namespace

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos)
    return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::vector<std::string> library_places(const std::string& library,
                                        const std::string& path,
                                        const program_facts& wanting,
                                        const std::string& ld_library_path) {
  if (library.find('/') != std::string::npos)
    return {library};
  auto directory = directory_of(path);
  // $ORIGIN in $ORIGIN would never end.
  if (directory.find('$') != std::string::npos)
    directory.clear();
  std::vector<std::string> places;
  for (const auto& place : wanting.run_paths)
    places.push_back(replace_origin(place, directory));
  add_list(ld_library_path, places);
  for (const char* const usual :
       {"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu",
        "/usr/local/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu", "/usr/local/lib/aarch64-linux-gnu",
        "/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"})
    places.emplace_back(usual);
  std::erase(places, std::string{});
  for (auto& place : places)
    place += "/" + library;
  return places;
}

} // namespace cordon::cli
