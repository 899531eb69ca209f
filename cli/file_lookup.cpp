#include "cli/file_lookup.hpp"

#include "cli/profile_store.hpp"
#include "core/base/canonical_path.hpp"
#include "core/process/keeper.hpp"
#include "core/status/runtime_directory.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <memory>

namespace cordon::cli {

std::optional<std::string>
real_files::canonical(const std::string& path) const {
  return canonical_path(path);
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
