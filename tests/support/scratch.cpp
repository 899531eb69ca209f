#include "tests/support/scratch.hpp"

#include "tests/support/paths.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <tuple>

namespace cordon::test {
namespace {

namespace fs = std::filesystem;

/// Beneath /tmp whatever TMPDIR says: that may be closed to other users.
std::string make_directory() {
  // Others must get at what we make, whatever our own habit is.
  ::umask(022);
  std::string name = "/tmp/cordon-test-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr || ::chmod(name.c_str(), 0755) != 0)
    std::abort();
  return name;
}

void own(const std::string& path, const identity& owner) {
  if (owner.uid != ::getuid()
      && ::chown(path.c_str(), owner.uid, owner.gid) != 0)
    std::abort();
}

/// A copy of `from` in `directory`, made once.
std::string staged(const std::string& directory, const fs::path& from) {
  const fs::path to = fs::path(directory) / from.filename();
  if (!fs::exists(to)) {
    fs::create_directories(directory);
    fs::copy_file(from, to);
    fs::permissions(to, fs::perms(0755));
  }
  return to;
}

const scratch& stage() {
  static const scratch place;
  return place;
}

} // namespace

scratch::scratch()
    : path_(make_directory()) {
}

scratch::~scratch() {
  // A test may have taken permissions away.
  std::error_code ignored;
  for (auto at = fs::recursive_directory_iterator(
           path_, fs::directory_options::skip_permission_denied, ignored);
       at != fs::recursive_directory_iterator(); at.increment(ignored))
    if (at->is_directory(ignored) && !at->is_symlink(ignored))
      fs::permissions(at->path(), fs::perms::owner_all, fs::perm_options::add,
                      ignored);
  fs::remove_all(path_, ignored);
}

std::string scratch::directory(const std::string& name,
                               const identity& owner) const {
  std::string made = *this / name;
  fs::create_directories(made);
  own(made, owner);
  return made;
}

std::string scratch::file(const std::string& name, const std::string& text,
                          const identity& owner, mode_t mode) const {
  std::string made = *this / name;
  std::ofstream(made) << text;
  own(made, owner);
  if (::chmod(made.c_str(), mode) != 0)
    std::abort();
  return made;
}

std::string read_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

namespace programs {

std::string directory() {
  return stage().path() + "/bin";
}

std::string cordon() {
  std::ignore = keeper();
  return staged(directory(), paths::cordon_binary);
}

std::string keeper() {
  std::ignore = staged(directory(), paths::lane_binary);
  std::ignore = staged(directory(), paths::stub_binary);
  return staged(directory(), paths::keeper_binary);
}

std::string imitating() {
  std::ignore = keeper();
  return staged(directory(), paths::imitating_binary);
}

std::string unrepaired() {
  const std::string place = stage().path() + "/unrepaired";
  const std::string keeper = place + "/cordon-keeper";
  if (!fs::exists(keeper)) {
    std::ignore = staged(place, paths::lane_binary);
    std::ignore = staged(place, paths::stub_binary);
    fs::copy_file(paths::unrepaired_binary, keeper);
    fs::permissions(keeper, fs::perms(0755));
  }
  return staged(place, paths::cordon_binary);
}

std::string service(const std::string& name) {
  std::ignore = keeper();
  return staged(directory(), fs::path(paths::services_directory) / name);
}

std::string actor_tests() {
  return staged(directory(), paths::actor_tests);
}

std::string target_directory() {
  std::string made = stage().path() + "/targets";
  fs::create_directories(made);
  return made;
}

std::string target(const std::string& name) {
  return staged(target_directory(), fs::path(paths::targets_directory) / name);
}

} // namespace programs
} // namespace cordon::test
