// What /proc is in a view.
#include "tests/e2e/view_looks.hpp"
#include "tests/support/outside.hpp"

#include <catch2/catch.hpp>

#include <unistd.h>

#include <algorithm>
#include <sstream>

using namespace cordon;
using namespace cordon::test;

TEST_CASE("what /proc shows is the caller's, whichever thread or child asks",
          "[e2e][view][proc]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_to_look_at(place);
  const words asked{"/bin/proc_views", "self"};
  const words canary{"--env", "CANARY=here"};

  const auto inside = in_view(place, root, everything + canary, asked);

  INFO(inside.out << inside.err);
  CHECK(inside.code() == 0);
  CHECK(inside.out
        == "self=own\nthread-self=own\nin-thread=own\nthread-status=own\n"
           "my-number=listed\nas-process=hidden\nin-child=own\nenviron=own\n");
  // And so it is outside.
  auto outside = place.outside({programs::target("proc_views"), "self"});
  outside.env.emplace_back("CANARY", "here");
  CHECK(run(outside).out == inside.out);
}

TEST_CASE("the files of a process are shown, the names in them are the view's",
          "[e2e][view][proc]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_to_look_at(place);
  const auto host = place.files().directory("mounted", place.who());
  const words options
      = everything + words{"--fs-mount", "/d:" + host, "--name", "box"};

  const auto names = look(place, root, options, {"names", "/proc/self"});
  const auto read
      = look(place, root, options,
             {"read", "/proc/self/maps", "/proc/self/smaps",
              "/proc/self/mountinfo", "/proc/mounts", "/proc/self/mountstats",
              "/proc/self/cgroup", "/proc/self/comm", "/proc/self/cmdline",
              "/proc/self/status", "/proc/sys/kernel/hostname",
              "/proc/thread-self/maps", "/proc/self/task/1/maps"});

  INFO(read.out << read.err << names.err);
  for (const char* const name :
       {"auxv", "cwd", "environ", "exe", "fd", "maps", "root", "stat", "task"})
    CHECK(holds(" " + value_of(names, "/proc/self") + " ",
                " " + std::string(name) + " "));
  for (const char* const name : {"mem", "ns", "pagemap", "stack", "attr"})
    CHECK_FALSE(holds(" " + value_of(names, "/proc/self") + " ",
                      " " + std::string(name) + " "));
  CHECK(holds(value_of(read, "/proc/self/maps"), " /bin/proc_views|"));
  CHECK(holds(value_of(read, "/proc/self/smaps"), " /bin/proc_views|Size:"));
  CHECK(holds(value_of(read, "/proc/thread-self/maps"), " /bin/proc_views|"));
  CHECK(value_of(read, "/proc/self/task/1/maps").empty());
  CHECK(value_of(read, "/proc/self/comm") == "proc_views|");
  CHECK(holds(value_of(read, "/proc/self/cmdline"), "/bin/proc_views"));
  CHECK(value_of(read, "/proc/self/cgroup") == "0::/|");
  CHECK(value_of(read, "/proc/sys/kernel/hostname") == "box|");
  CHECK(holds(value_of(read, "/proc/self/status"), "|TracerPid:\t0|"));
  CHECK(holds(value_of(read, "/proc/mounts"), "cordon / "));
  CHECK(holds(value_of(read, "/proc/mounts"), "|cordon /d "));
  CHECK(holds(value_of(read, "/proc/self/mountinfo"), " / / rw"));
  // No path of the host is anywhere.
  CHECK_FALSE(holds(read.out, place.files().path()));
  CHECK_FALSE(holds(read.out, "/dev/"));
}

TEST_CASE("neither supervisor nor anybody outside is found in /proc",
          "[e2e][view][proc][threat-11]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_to_look_at(place);
  const victim other{place.who()};
  const auto pid = std::to_string(other.pid());
  for (const auto& [target, name] :
       std::initializer_list<std::pair<std::string, std::string>>{
           {"/proc/" + pid, "process"},
           {"/proc/" + pid + "/comm", "comm"},
           {"/proc/self/../" + pid + "/environ", "dots"},
           {"/proc", "proc"},
           {"proc/" + pid + "/root", "relative"}})
    REQUIRE(::symlink(target.c_str(), (root + "/").append(name).c_str()) == 0);
  const words asked{"open",
                    "/proc/" + pid + "/environ",
                    "//proc//" + pid + "/environ",
                    "/proc/./" + pid + "/environ",
                    "/proc/self/../" + pid + "/environ",
                    "/proc/self/task/../../" + pid + "/environ",
                    "/d/../proc/" + pid + "/environ",
                    "/proc/self/root/proc/" + pid + "/environ",
                    "/proc/self/cwd/proc/" + pid + "/environ",
                    "/proc/" + pid + "/../version",
                    "/process/environ",
                    "/comm",
                    "/dots",
                    "/proc/" + pid + "/root",
                    "/proc/" + pid + "/cwd",
                    "/proc/" + pid + "/fd",
                    "/proc/1/root",
                    "/relative/etc/passwd",
                    "/proc/" + pid + "/task/" + pid + "/environ"};

  const auto opened = look(place, root, everything, asked);
  const auto changed
      = look(place, root, everything,
             words{"chdir"} + words(asked.begin() + 1, asked.end()));
  const auto works
      = look(place, root, everything,
             {"open", "/proc/self/environ", "//proc//self/environ",
              "/proc/./self/environ", "/d/../proc/self/environ",
              "/proc/self/task/../environ", "/proc/self/root/proc/self/environ",
              "/proc/self/fd", "/proc/self/../version"});
  const auto listed = look(place, root, everything,
                           {"names", "/proc", "/proc/self/..", "//proc/."});

  INFO(opened.out << changed.out << works.out << listed.out);
  const auto lines = [](const outcome& said) {
    return std::count(said.out.begin(), said.out.end(), '\n');
  };
  CHECK(lines(opened) == 18);
  CHECK_FALSE(holds(opened.out, "=ok"));
  CHECK_FALSE(holds(changed.out, "=ok"));
  CHECK(lines(works) == 8);
  CHECK_FALSE(holds(works.out, "=E"));
  for (const auto* const name : {"/proc", "/proc/self/..", "//proc/."}) {
    const auto names = value_of(listed, name);
    CHECK(holds(names, "self"));
    std::istringstream all(names);
    int processes = 0;
    for (std::string each; all >> each;)
      processes += each.find_first_not_of("0123456789") == std::string::npos;
    CHECK(processes == 1);
  }
}

TEST_CASE(
    "links to descriptors open the same object, by the rules of its place",
    "[e2e][view][proc]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_to_look_at(place);

  const auto written = look(place, root, everything, {"reopen"});
  const auto read = look(place, root, {"-r", "/"}, {"reopen"});

  INFO(written.out << written.err);
  for (const auto& [what, expected] :
       std::initializer_list<std::pair<const char*, const char*>>{
           {"file", "/d/f"},
           {"again", "at the start"},
           {"write", "ok"},
           {"memory", "ok"},
           {"memory-link", "/memfd:mine (deleted)"},
           {"pipe-link", "pipe:["},
           {"pipe", "ok"},
           {"socket", "ENXIO"},
           {"closed", "ENOENT"},
           {"through", "ok"},
           {"above", "ok"},
           {"root", "ok"},
           {"root-link", "/"},
           {"chdir", "ok"},
           {"cwd", "/d/e"},
           {"cwd-above", "ok"},
           {"exe", "/bin/proc_views"},
           {"exe-read", "ok"},
           {"named", "ok"}}) {
    INFO(what);
    CHECK(value_of(written, what) == expected);
  }
  CHECK(value_of(read, "write") == "EACCES");
  CHECK(value_of(read, "memory") == "ok");
  CHECK(value_of(read, "named") != "ok");
}

TEST_CASE("a file that cordon's caller gave is given again, and no more of it",
          "[e2e][view][proc]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_to_look_at(place);
  const auto given = place.files().file("given", "text", place.who());
  const words shell{"/bin/sh", "-c", "exec \"$@\" < " + given, "sh"};
  auto started
      = view_command(place, root, everything, {"/bin/proc_views", "reopen"});
  started.argv = shell + started.argv;

  const auto said = run(started);

  INFO(said.out << said.err);
  CHECK(value_of(said, "input") == "(unreachable)");
  CHECK(value_of(said, "input-read") == "ok");
  CHECK(value_of(said, "input-write") == "EACCES");
  CHECK(value_of(said, "input-above") == "ENOTDIR");
  CHECK_FALSE(holds(said.out, given));
}

TEST_CASE("the maps of a process are shown up to 4 MiB of them",
          "[e2e][view][proc]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_to_look_at(place);

  const auto inside = look(place, root, everything, {"large"});
  auto bare = place.outside({programs::target("proc_views"), "large"});
  bare.cwd = place.inside();
  const auto outside = run(bare);

  INFO(inside.err);
  CHECK(inside.out
        == "some=ok\nsome text=whole\nmany=ENOMEM\nmany text=less\n"
           "fewer=ok\nfewer text=whole\n");
  CHECK(outside.out
        == "some=ok\nsome text=whole\nmany=ok\nmany text=whole\n"
           "fewer=ok\nfewer text=whole\n");
}
