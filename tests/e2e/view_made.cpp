// Files that a view makes: of /proc, and those that tell a name.
#include "tests/e2e/view_looks.hpp"
#include "tests/support/outside.hpp"

#include <catch2/catch.hpp>

#include <unistd.h>

#include <filesystem>
#include <sstream>

using namespace cordon;
using namespace cordon::test;

namespace {

const words shown_files{"/proc/cpuinfo",
                        "/proc/meminfo",
                        "/proc/uptime",
                        "/proc/loadavg",
                        "/proc/version",
                        "/proc/stat",
                        "/proc/sys",
                        "/proc/sys/kernel",
                        "/proc/sys/kernel/osrelease",
                        "/proc/sys/vm/overcommit_memory"};

} // namespace

TEST_CASE("every call tells the same of what is made for a view",
          "[e2e][view][proc]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_to_look_at(place);
  std::filesystem::create_directory(root + "/etc");
  std::filesystem::permissions(root + "/etc", std::filesystem::perms{0755});
  const victim other{place.who()};
  const auto asked = words{"agree"} + shown_files
                     + words{"/proc", "/etc/hostname", "/etc/hosts",
                             "/proc/sys/kernel/hostname"};

  const auto shown
      = look(place, root, everything + words{"--name", "box"}, asked);
  const auto hidden
      = look(place, root, everything,
             {"agree", "/proc/" + std::to_string(other.pid()),
              "/proc/" + std::to_string(other.pid()) + "/comm", "/proc/1",
              "/proc/1/status", "/proc/none", "/proc/self/none"});
  const auto closed
      = look(place, root, everything,
             {"agree", "/proc/kcore", "/proc/kallsyms", "/proc/sysrq-trigger",
              "/proc/self/mem", "/proc/self/pagemap", "/proc/self/ns",
              "/proc/net", "/proc/sys/kernel/core_pattern", "/proc/cmdline"});

  INFO(shown.err << hidden.err << closed.err);
  for (const auto& path : asked)
    if (path != "agree")
      CHECK(path + "=" + value_of(shown, path) == path + "=ok");
  for (const auto& said :
       {value_of(hidden, "/proc/" + std::to_string(other.pid())),
        value_of(hidden, "/proc/1/status"), value_of(hidden, "/proc/none"),
        value_of(hidden, "/proc/self/none")})
    CHECK(said == "ENOENT unlisted");
  std::istringstream lines(closed.out);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    // Some kernels lack one or another.
    const auto path = line.substr(0, line.find('='));
    const bool there
        = std::filesystem::exists(std::filesystem::symlink_status(path));
    CHECK(line == path + (there ? "=EACCES unlisted" : "=ENOENT unlisted"));
  }
  CHECK(count == 9);
}

TEST_CASE("what is made for a view cannot be changed, moved or covered",
          "[e2e][view][proc][threat-25]") {
  const world place(GENERATE(from_range(everybody())));
  const bool backed = GENERATE(false, true);
  INFO(place.who().name << backed);
  const auto root = root_to_look_at(place);
  place.files().directory("root/etc", place.who());
  if (backed) {
    place.files().file("root/etc/hosts", "old", place.who());
    place.files().directory("root/proc", place.who());
  }
  const words options = everything + words{"--name", "box"};

  for (const auto* const path :
       {"/etc/hosts", "/proc/self/maps", "/proc/version"}) {
    INFO(path);
    const auto said = look(place, root, options, {"seals", path});
    INFO(said.out << said.err);
    CHECK(said.out.starts_with("open=ok\n"));
    CHECK_FALSE(holds(said.out.substr(8), "=ok"));
    CHECK(value_of(said, "write") == "EBADF");
    CHECK(value_of(said, "mkdir") == "EEXIST");
    CHECK(value_of(said, "for-writing") == "EACCES");
  }
  const auto read
      = look(place, root, options, {"read", "/etc/hosts", "/etc/hostname"});
  CHECK(value_of(read, "/etc/hosts")
        == "127.0.0.1 localhost|::1 localhost|127.0.0.1 box|");
  CHECK(value_of(read, "/etc/hostname") == "box|");
  const auto moved = in_view(place, root, options,
                             {"/bin/act", "rename", "/etc>/other", "rmdir",
                              "/proc", "rename", "/proc>/d/p"});
  CHECK(moved.out
        == "rename /etc>/other=EBUSY\nrmdir /proc=EBUSY\n"
           "rename /proc>/d/p=EBUSY\n");
  if (backed)
    CHECK(read_file(root + "/etc/hosts") == "old");
  else
    CHECK_FALSE(std::filesystem::exists(root + "/etc/hosts"));
}

TEST_CASE("without --name a view tells the host's name and its own files",
          "[e2e][view][proc]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_to_look_at(place);
  place.files().directory("root/etc", place.who());
  place.files().file("root/etc/hosts", "own", place.who());

  const auto named
      = look(place, root, everything + words{"--name", "box"}, {"uname"});
  const auto unnamed = look(place, root, everything, {"uname"});
  const auto outside
      = run(place.outside({programs::target("proc_views"), "uname"}));
  const auto read
      = look(place, root, everything, {"read", "/etc/hosts", "/etc/hostname"});

  CHECK(named.out == "uname=ok\nnode=box\nhost=box\nnowhere=EFAULT\n");
  CHECK(unnamed.out == outside.out);
  CHECK(value_of(read, "/etc/hosts") == "own");
  CHECK(value_of(read, "/etc/hostname").empty());
}
