#include "core/status/presence.hpp"
#include "core/status/registry.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

using namespace cordon;
using namespace cordon::status;
namespace fs = std::filesystem;
using on_conflict = presence::on_conflict;

namespace {

/// An XDG_RUNTIME_DIR of its own; removed at the end.
class own_runtime {
public:
  own_runtime() {
    char name[] = "/tmp/cordon-presence-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path_ = name;
    ::setenv("XDG_RUNTIME_DIR", name, 1);
  }
  own_runtime(const own_runtime&) = delete;
  own_runtime& operator=(const own_runtime&) = delete;
  ~own_runtime() {
    ::unsetenv("XDG_RUNTIME_DIR");
    fs::remove_all(path_);
  }
  [[nodiscard]] const std::string& path() const {
    return path_;
  }
  [[nodiscard]] std::string directory() const {
    return path_ + "/cordon";
  }
  /// How many entries the runtime directory has, drafts included.
  [[nodiscard]] long entries() const {
    return std::distance(fs::directory_iterator(directory()), {});
  }

private:
  std::string path_;
};

presence shown(const std::string& name, on_conflict what = on_conflict::fail) {
  auto made = presence::begin();
  REQUIRE(made.has_value());
  REQUIRE(made->publish({name, "a command", 1, 0}, what).has_value());
  return std::move(*made);
}

std::vector<std::string> listed() {
  std::vector<std::string> names;
  const auto all = list_sandboxes();
  REQUIRE(all.has_value());
  for (const auto& each : *all) {
    CHECK(each.board.has_value());
    names.push_back(each.name);
  }
  return names;
}

using names = std::vector<std::string>;

/// Runs `what` in a child that dies by SIGKILL.
template <class What>
void die_after(What what) {
  const pid_t child = ::fork();
  if (child == 0) {
    what();
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
}

} // namespace

TEST_CASE("a run is there as long as its presence", "[presence]") {
  const own_runtime runtime;
  {
    auto mine = shown("mine");
    CHECK(listed() == names{"mine"});
    const auto found = find_sandbox("mine");
    REQUIRE(found.has_value());
    CHECK(found->board->supervisor == ::getpid());
    CHECK(fs::is_socket(runtime.directory() + "/mine/control"));
  }
  CHECK(listed().empty());
  CHECK(find_sandbox("mine").error().code == ENOENT);
  CHECK(runtime.entries() == 0);
}

TEST_CASE("a draft is no sandbox", "[presence]") {
  const own_runtime runtime;
  const auto draft = presence::begin();
  REQUIRE(draft.has_value());

  CHECK(listed().empty());
  CHECK(runtime.entries() == 1); // and is not taken for a leftover
}

TEST_CASE("two runs cannot have one name", "[presence]") {
  const own_runtime runtime;
  const auto first = shown("same");
  {
    auto second = presence::begin();
    REQUIRE(second.has_value());
    const auto refused = second->publish({"same", "", 1, 0}, on_conflict::fail);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == EEXIST);
  }
  const auto third = shown("same", on_conflict::adapt);
  CHECK(third.name() == "same-2");
  CHECK(listed() == names{"same", "same-2"});
}

TEST_CASE("what a killed supervisor left is recognised and removed",
          "[presence]") {
  const own_runtime runtime;
  die_after([] {
    auto* const kept = new presence(shown("dead"));
    static_cast<void>(kept);
    auto* const draft = new result<presence>(presence::begin());
    static_cast<void>(draft);
  });
  REQUIRE(runtime.entries() == 2);
  const auto living = shown("living");

  SECTION("by a list") {
    CHECK(listed() == names{"living"});
  }
  SECTION("by a look at it") {
    CHECK(find_sandbox("dead").error().code == ENOENT);
    remove_leftovers();
  }
  SECTION("by a run of the same name") {
    CHECK(shown("dead").name() == "dead");
    remove_leftovers();
  }
  SECTION("by another run") {
    remove_leftovers();
  }
  CHECK(runtime.entries() == 1);
}

TEST_CASE("a presence survives exec: its numbers are taken on", "[presence]") {
  const own_runtime runtime;
  auto first = shown("mine");
  const auto held = first.numbers();
  // As exec would leave it: the fds are open, the objects gone.
  auto second
      = presence::adopt({::dup(held.runtime), ::dup(held.directory),
                         ::dup(held.board), ::dup(held.endpoint), held.name});
  REQUIRE(second.has_value());
  second->board()->counted(5);

  CHECK(find_sandbox("mine")->board->processes == 5);
  second->remove();
  CHECK(runtime.entries() == 0);
}

TEST_CASE("the runtime directory is made for its owner alone",
          "[presence][planted]") {
  const own_runtime runtime;
  const auto old = ::umask(0);
  const auto mine = shown("mine");
  ::umask(old);
  struct stat facts {};

  for (const auto* const path : {"", "/mine"}) {
    REQUIRE(::stat((runtime.directory() + path).c_str(), &facts) == 0);
    CHECK((facts.st_mode & 07777) == 0700);
  }
}

TEST_CASE("a planted runtime directory is not used", "[presence][planted]") {
  const own_runtime runtime;
  const auto refused = [&](int code) {
    const auto made = presence::begin();
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().code == code);
    CHECK(is_planted(made.error()));
    CHECK(list_sandboxes().error().code == code);
    CHECK(find_sandbox("mine").error().code == code);
  };

  SECTION("that others may enter") {
    REQUIRE(::mkdir(runtime.directory().c_str(), 0700) == 0);
    REQUIRE(::chmod(runtime.directory().c_str(), 0711) == 0);
    refused(EPERM);
  }
  SECTION("that is a link") {
    REQUIRE(::mkdir((runtime.path() + "/real").c_str(), 0700) == 0);
    REQUIRE(::symlink("real", runtime.directory().c_str()) == 0);
    refused(ENOTDIR); // of O_DIRECTORY with O_NOFOLLOW
  }
  SECTION("that is a file") {
    fs::copy_file("/etc/passwd", runtime.directory());
    refused(ENOTDIR);
  }
  SECTION("that another user owns") {
    if (::geteuid() != 0) {
      std::cout << "SKIPPED: only root can give a directory away\n";
      return;
    }
    REQUIRE(::mkdir(runtime.directory().c_str(), 0700) == 0);
    REQUIRE(::chown(runtime.directory().c_str(), 65534, 65534) == 0);
    refused(EPERM);
  }
}

TEST_CASE("what somebody planted in the directory is neither believed nor "
          "removed",
          "[presence][planted]") {
  const own_runtime runtime;
  const auto mine = shown("mine");
  const auto directory = runtime.directory();
  REQUIRE(::symlink("mine", (directory + "/link").c_str()) == 0);
  fs::copy_file("/etc/passwd", directory + "/file");
  REQUIRE(::mkdir((directory + "/open").c_str(), 0700) == 0);
  REQUIRE(::chmod((directory + "/open").c_str(), 0755) == 0);

  CHECK(listed() == names{"mine"});
  CHECK_FALSE(find_sandbox("link").has_value());
  CHECK_FALSE(find_sandbox("file").has_value());
  CHECK(find_sandbox("open").error().code == EPERM);
  CHECK(runtime.entries() == 4);
}

TEST_CASE("a board that tells of another run is not believed",
          "[presence][planted]") {
  const own_runtime runtime;
  const auto mine = shown("mine");
  const auto other = shown("other");
  fs::copy_file(runtime.directory() + "/mine/board",
                runtime.directory() + "/other/board",
                fs::copy_options::overwrite_existing);

  const auto found = find_sandbox("other");
  REQUIRE(found.has_value());
  CHECK_FALSE(found->board.has_value());
}

TEST_CASE("a derived name is a name", "[presence]") {
  const auto pid = "-" + std::to_string(::getpid());
  CHECK(derived_name("/usr/bin/make") == "make" + pid);
  CHECK(derived_name("g++") == "g__" + pid);
  CHECK(derived_name("./-x") == "_x" + pid);
  CHECK(derived_name("..") == "_." + pid);
  CHECK(derived_name("/") == "run" + pid);
  CHECK(derived_name(std::string(200, 'x')).size() <= 64);
  CHECK(derived_name("\x1b[31m\xff") == "__31m_" + pid);
}
