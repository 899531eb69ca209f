#include "cli/file_lookup.hpp"

#include "cli/profile_store.hpp"
#include "core/process/keeper.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <memory>

namespace cordon::cli {
namespace {

/// `$XDG_RUNTIME_DIR/cordon`, else /run/cordon for root.
std::string runtime_directory() {
  const char* const base = std::getenv("XDG_RUNTIME_DIR");
  if (base != nullptr && base[0] == '/')
    return std::string(base) + "/cordon";
  return ::geteuid() == 0 ? "/run/cordon" : "";
}

} // namespace

std::optional<std::string>
real_files::canonical(const std::string& path) const {
  const std::unique_ptr<char, decltype(&::free)> resolved{
      ::realpath(path.c_str(), nullptr), &::free};
  if (!resolved)
    return std::nullopt;
  return std::string(resolved.get());
}

std::vector<policy::own_place> own_places() {
  std::vector<policy::own_place> places;
  const auto add = [&](const char* what, std::string path) {
    if (!path.empty())
      places.push_back({what, std::move(path)});
  };
  add("cordon's runtime directory", runtime_directory());
  add("cordon's profile directory", profile_directory());
  for (const char* const name : {"cordon-keeper", "cordon-lane"})
    if (auto program = process::find_own_program(name))
      add("cordon's own program", std::move(*program));
  add("cordon's own program", "/proc/self/exe");
  return places;
}

} // namespace cordon::cli
