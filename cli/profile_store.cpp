#include "cli/profile_store.hpp"

#include "core/base/escape.hpp"
#include "core/base/scope_exit.hpp"
#include "core/base/unique_fd.hpp"
#include "policy/profile_builder.hpp"
#include "policy/shipped.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cstdlib>
#include <map>

namespace cordon::cli {
namespace {

constexpr std::size_t largest_file = 1 << 20;
constexpr std::string_view suffix = ".toml";

std::string path_of(const std::string& name) {
  return profile_directory() + "/" + name + std::string(suffix);
}

/// The names of the user's files that can be used as such.
std::vector<std::string> own_names() {
  std::vector<std::string> names;
  DIR* const directory = ::opendir(profile_directory().c_str());
  if (directory == nullptr)
    return names; // no directory, no profiles
  const scope_exit close_it{[=] { ::closedir(directory); }};
  while (const auto* entry = ::readdir(directory)) {
    const std::string_view file = entry->d_name;
    if (!file.ends_with(suffix))
      continue;
    std::string name(file.substr(0, file.size() - suffix.size()));
    if (policy::parse_name(name, ""))
      names.push_back(std::move(name));
  }
  return names;
}

/// Makes a directory and those above it, for the user alone.
result<void> make_directories(const std::string& path) {
  for (std::size_t at = 1; at != std::string::npos;) {
    at = path.find('/', at);
    const auto part = path.substr(0, at);
    if (::mkdir(part.c_str(), S_IRWXU) != 0 && errno != EEXIST)
      return fail_errno("make the profile directory", part);
    at = at == std::string::npos ? at : at + 1;
  }
  return {};
}

result<void> write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(fd, text.data(), text.size());
    if (n < 0)
      return fail_errno("write the profile");
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

} // namespace

std::string profile_directory() {
  const char* const config = std::getenv("XDG_CONFIG_HOME");
  if (config != nullptr && config[0] == '/')
    return std::string(config) + "/cordon/profiles";
  const char* const home = std::getenv("HOME");
  if (home == nullptr || home[0] == '\0')
    return {};
  return std::string(home) + "/.config/cordon/profiles";
}

result<std::string> read_file(const std::string& path) {
  // "-" is our own stdin: opened anew by name, a pipe of another user's or a
  // socket could not be read.
  const unique_fd file{path == "-"
                           ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                           : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file)
    return fail_errno("open", path);
  std::string text;
  char chunk[16384];
  ssize_t n;
  while ((n = ::read(file.get(), chunk, sizeof chunk)) > 0) {
    text.append(chunk, static_cast<std::size_t>(n));
    if (text.size() > largest_file)
      return fail(EFBIG, "read", path);
  }
  if (n < 0)
    return fail_errno("read", path);
  return text;
}

policy::checked<std::string> load_profile(const std::string& name,
                                          const std::string& where) {
  const auto valid = policy::parse_name(name, where);
  if (!valid)
    return tl::make_unexpected(valid.error());
  // A file that is there goes before the shipped one even if it cannot be
  // read: running under another policy than the one asked for would be worse.
  if (!profile_directory().empty()
      && ::access(path_of(name).c_str(), F_OK) == 0) {
    auto text = read_file(path_of(name));
    if (!text)
      return policy::reject(where, text.error().message());
    return std::move(*text);
  }
  if (const auto* shipped = policy::find_shipped(name))
    return std::string(shipped->text);
  return policy::reject(where, "no profile is called '" + escape(name)
                                   + "'; `cordon profile list` shows them");
}

std::vector<stored_profile> list_profiles() {
  std::map<std::string, stored_profile> found;
  for (const auto& shipped : policy::shipped_profiles()) {
    const std::string name(shipped.name);
    found[name] = {name, true, false};
  }
  for (const auto& name : own_names()) {
    auto& profile = found[name];
    profile.name = name;
    profile.own = true;
  }
  std::vector<stored_profile> all;
  all.reserve(found.size());
  for (auto& [name, profile] : found)
    all.push_back(std::move(profile));
  return all;
}

result<void> save_profile(const std::string& name, std::string_view text) {
  const auto directory = profile_directory();
  if (directory.empty())
    return fail(ENOENT, "find the home directory");
  if (auto made = make_directories(directory); !made)
    return made;
  const auto path = path_of(name);
  // A draft of its own for each process: two that save cannot mix.
  const auto draft = path + "." + std::to_string(::getpid()) + ".draft";
  const unique_fd file{::open(draft.c_str(),
                              O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                              S_IRUSR | S_IWUSR)};
  if (!file)
    return fail_errno("write the profile", draft);
  scope_exit remove_draft{[&] { ::unlink(draft.c_str()); }};
  if (auto written = write_all(file.get(), text); !written)
    return written;
  if (::fsync(file.get()) != 0)
    return fail_errno("write the profile", draft);
  if (::rename(draft.c_str(), path.c_str()) != 0)
    return fail_errno("put the profile in place", path);
  remove_draft.dismiss();
  return {};
}

result<void> delete_profile(const std::string& name) {
  const auto path = path_of(name);
  if (::unlink(path.c_str()) != 0)
    return fail_errno("delete the profile", path);
  return {};
}

} // namespace cordon::cli
