#include "cli/file_lookup.hpp"

#include "cli/profile_store.hpp"
#include "core/base/unique_fd.hpp"
#include "core/process/keeper.hpp"
#include "core/status/runtime_directory.hpp"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <memory>

namespace cordon::cli {

/// Three system calls, where realpath(3) makes one for each part of a path.
std::optional<std::string>
real_files::canonical(const std::string& path) const {
  if (const unique_fd place{::open(path.c_str(), O_PATH | O_CLOEXEC)}) {
    const auto link = "/proc/self/fd/" + std::to_string(place.get());
    char bytes[PATH_MAX];
    const auto length = ::readlink(link.c_str(), bytes, sizeof bytes);
    // Without a name there: /proc is not mounted, or the place is removed.
    if (length > 0 && bytes[0] == '/')
      return std::string(bytes, static_cast<std::size_t>(length));
  }
  const std::unique_ptr<char, decltype(&::free)> resolved{
      ::realpath(path.c_str(), nullptr), &::free};
  if (!resolved)
    return std::nullopt;
  return std::string(resolved.get());
}

std::string current_directory() {
  const std::unique_ptr<char, decltype(&::free)> here{::getcwd(nullptr, 0),
                                                      &::free};
  return here ? here.get() : "/";
}

std::vector<policy::own_place> own_places(const std::string& audit_file) {
  std::vector<policy::own_place> places;
  const auto add = [&](const char* what, std::string path) {
    if (!path.empty())
      places.push_back({what, std::move(path)});
  };
  add("cordon's runtime directory", status::runtime_path());
  add("the audit file", audit_file);
  add("cordon's profile directory", profile_directory());
  for (const char* const name : {"cordon-keeper", "cordon-lane"})
    if (auto program = process::find_own_program(name))
      add("cordon's own program", std::move(*program));
  add("cordon's own program", "/proc/self/exe");
  return places;
}

} // namespace cordon::cli
