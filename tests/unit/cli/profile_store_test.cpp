#include "cli/profile_store.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace cordon::cli;
namespace fs = std::filesystem;

namespace {

/// A configuration directory of its own; removed at the end.
class own_config {
public:
  own_config() {
    char name[] = "/tmp/cordon-store-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path_ = name;
    ::setenv("XDG_CONFIG_HOME", name, 1);
  }
  own_config(const own_config&) = delete;
  own_config& operator=(const own_config&) = delete;
  ~own_config() {
    ::unsetenv("XDG_CONFIG_HOME");
    fs::remove_all(path_);
  }

  [[nodiscard]] std::string profile(const std::string& name) const {
    return path_ + "/cordon/profiles/" + name;
  }
  /// A file that was put there by hand.
  void put(const std::string& name, const std::string& text) const {
    fs::create_directories(path_ + "/cordon/profiles");
    std::ofstream(profile(name)) << text;
  }

private:
  std::string path_;
};

const stored_profile* named(const std::vector<stored_profile>& all,
                            const std::string& name) {
  for (const auto& profile : all)
    if (profile.name == name)
      return &profile;
  return nullptr;
}

std::string loaded(const std::string& name) {
  return load_profile(name, "--profile").value();
}

unsigned mode_of(const std::string& path) {
  struct stat facts {};
  REQUIRE(::stat(path.c_str(), &facts) == 0);
  return facts.st_mode & 07777;
}

const std::string text = "[filesystem]\nread = [\"/usr\"]\n";

} // namespace

TEST_CASE("a saved profile is read back and is its owner's alone", "[store]") {
  const own_config config;
  const auto old = ::umask(0);
  REQUIRE(save_profile("mine", text).has_value());
  ::umask(old);

  CHECK(loaded("mine") == text);
  CHECK(mode_of(config.profile("mine.toml")) == 0600);
  CHECK(mode_of(config.profile("")) == 0700);
}

TEST_CASE("saving replaces the whole file and leaves nothing else", "[store]") {
  const own_config config;
  REQUIRE(save_profile("mine", std::string(100'000, '#')).has_value());
  REQUIRE(save_profile("mine", text).has_value());

  CHECK(loaded("mine") == text);
  CHECK(std::distance(fs::directory_iterator(config.profile("")),
                      fs::directory_iterator{})
        == 1);
}

TEST_CASE("saving does not write through a link", "[store]") {
  const own_config config;
  config.put("other", "untouched");
  fs::create_symlink(config.profile("other"), config.profile("mine.toml"));

  REQUIRE(save_profile("mine", text).has_value());

  CHECK(read_file(config.profile("other")).value() == "untouched");
  CHECK(loaded("mine") == text);
}

TEST_CASE("names that leave the directory are refused", "[store]") {
  const own_config config;
  for (const char* name : {"", ".", "..", "../x", "a/b", "/etc/passwd", "-x",
                           ".hidden", "a b", "a\nb"})
    CHECK_FALSE(load_profile(name, "--profile").has_value());
}

TEST_CASE("a file of the user's goes before a shipped profile", "[store]") {
  const own_config config;
  const auto shipped = loaded("base");
  REQUIRE(save_profile("base", text).has_value());

  CHECK(loaded("base") == text);
  const auto all = list_profiles();
  REQUIRE(named(all, "base") != nullptr);
  CHECK(named(all, "base")->own);
  CHECK(named(all, "base")->shipped);

  REQUIRE(delete_profile("base").has_value());
  CHECK(loaded("base") == shipped);
  CHECK(delete_profile("base").error().code == ENOENT);
}

TEST_CASE("a file that cannot be read does not give way to a shipped one",
          "[store]") {
  const own_config config;
  // A directory cannot be read as a file by anybody, root included.
  fs::create_directories(config.profile("base.toml"));

  CHECK_FALSE(load_profile("base", "--profile").has_value());
}

TEST_CASE("only files with usable names are listed, sorted", "[store]") {
  const own_config config;
  config.put("zz.toml", text);
  config.put("aa.toml", text);
  config.put("no-suffix", text);
  config.put(".hidden.toml", text);
  config.put("a\x1b[1m.toml", text);

  const auto all = list_profiles();

  std::string names;
  for (const auto& profile : all)
    names += profile.name + " ";
  CHECK(names == "aa base build python zz ");
  CHECK(all.back().own);
  CHECK_FALSE(all.back().shipped);
}

TEST_CASE("a file that is too large or missing is an error", "[store]") {
  const own_config config;
  config.put("large.toml", std::string((1 << 20) + 1, '#'));

  CHECK(read_file(config.profile("large.toml")).error().code == EFBIG);
  CHECK(read_file(config.profile("missing")).error().code == ENOENT);
}
