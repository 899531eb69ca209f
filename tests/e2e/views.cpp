// Runs that are shown a file system of their own.
#include "tests/e2e/view_world.hpp"
#include "tests/paths/call_root.hpp"
#include "tests/paths/trees.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

using namespace cordon;
using namespace cordon::test;

TEST_CASE("a program in a root of its own does what it does in a chroot",
          "[e2e][view][abuse-11][abuse-12][abuse-13]") {
  if (!ourselves().is_root())
    return skip("only root may chroot");
  const world place(GENERATE(from_range(everybody())));
  const words group{GENERATE(as<std::string>{}, "matrix", "opens", "names",
                             "attributes", "directories")};
  INFO(place.who().name << " " << group[0]);
  const auto theirs = root_with(place, "kernel", {"path_calls"});
  const auto ours = root_with(place, "view", {"path_calls"});

  const auto outside
      = in_chroot(place, theirs, words{"/bin/path_calls"} + group);
  const auto inside
      = in_view(place, ours, {"-w", "/"}, words{"/bin/path_calls"} + group);

  INFO(outside.err << inside.err);
  REQUIRE(outside.code() == 0);
  CHECK(inside.code() == 0);
  CHECK(differences(outside.out, inside.out) == "");
  CHECK(differences(describe_tree(theirs), describe_tree(ours)) == "");
}

TEST_CASE("grants are paths in the root, and reach nothing else there",
          "[e2e][view]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"act"});
  const words program{"/bin/act", "read",  "/f",    "write", "/f",
                      "read",     "/d/f",  "write", "/d/f",  "read",
                      "/read",    "chdir", "/d/e",  "read",  "/none"};

  const auto inside
      = in_view(place, root, {"-r", "/bin", "-r", "/f", "-w", "/d"}, program);

  INFO(inside.err);
  CHECK(inside.out.find("read /f=ok\nwrite /f=EACCES\n") == 0);
  CHECK(inside.out.find("read /d/f=ok\nwrite /d/f=ok\n") != std::string::npos);
  CHECK(inside.out.find("read /read=EACCES\n") != std::string::npos);
  // With the root granted, all but the last work: it can fail.
  const auto all = in_view(place, root, {"-w", "/"}, program);
  CHECK(all.out.find("read /read=ok\n") != std::string::npos);
  CHECK(all.out.find("read /none=EACCES\n") != std::string::npos);
}

TEST_CASE("nothing outside a root is reached from it", "[e2e][view]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"act"});
  REQUIRE(::symlink(place.secret().c_str(), (root + "/escape").c_str()) == 0);
  const auto above = "/../../../../../../.." + place.secret();
  const words program{"/bin/act",     "read", "/escape",     "write",
                      "/escape",      "read", above,         "read",
                      place.secret(), "read", "/proc/1/root"};

  const auto inside = in_view(place, root, {"-w", "/"}, program);

  INFO(inside.err);
  CHECK(inside.out.find("=ok") == std::string::npos);
  CHECK(read_file(place.secret()) != "");
}

TEST_CASE("a mount shows a host directory, and :ro keeps it as it is",
          "[e2e][view]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"act"});
  const auto host = place.files().directory("host", place.who());
  place.files().file("host/data", "text", place.who());
  const words program{"/bin/act", "read",  "/d/data", "write",
                      "/d/data",  "mkdir", "/d/new"};

  const auto mounted = in_view(
      place, root, {"-r", "/bin", "--fs-mount", "/d:" + host}, program);
  const auto read_only = in_view(
      place, root,
      {"-r", "/bin", "-w", "/", "--fs-mount", "/d:" + host + ":ro"}, program);

  INFO(mounted.err << read_only.err);
  CHECK(mounted.out == "read /d/data=ok\nwrite /d/data=ok\nmkdir /d/new=ok\n");
  const auto relative = in_view(
      place, root, {"-r", "/bin", "--fs-mount", "/d:" + host, "--cwd", "/d"},
      {"/bin/act", "read", "data", "read", "new/../data"});
  CHECK(relative.out == "read data=ok\nread new/../data=ok\n");
  CHECK(std::filesystem::exists(host + "/new"));
  CHECK_FALSE(std::filesystem::exists(root + "/d/new"));
  CHECK(read_only.out
        == "read /d/data=ok\nwrite /d/data=EROFS\nmkdir /d/new=EEXIST\n");
}

TEST_CASE("what is denied is out of reach by every name", "[e2e][view]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"act"});
  REQUIRE(::link((root + "/f").c_str(), (root + "/second").c_str()) == 0);
  const words program{"/bin/act", "read",    "/f",     "read",     "/second",
                      "read",     "/sl",     "write",  "/f",       "truncate",
                      "/f",       "remove",  "/f",     "link",     "/f>/new",
                      "rename",   "/f>/new", "rename", "/read>/f", "chmod",
                      "/f",       "read",    "/d/f",   "rename",   "/d>/moved",
                      "setxattr", "/f"};

  const auto denied
      = in_view(place, root,
                {"-w", "/", "--fs-deny", "/f", "--fs-deny", "/d/f"}, program);

  INFO(denied.err);
  CHECK(denied.out.find("=ok") == std::string::npos);
  CHECK(read_file(root + "/f") == "some text");
  const auto allowed
      = in_view(place, root, {"-w", "/"}, {"/bin/act", "read", "/second"});
  CHECK(allowed.out == "read /second=ok\n");
}

TEST_CASE("no call about a path, however it is spelled, reaches what is denied",
          "[e2e][view][threat-05][threat-22][threat-23]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_with(place, "root", {"path_calls"});
  for (const char* const name : {"/hard", "/d/hard"})
    REQUIRE(::link((root + "/f").c_str(), (root + name).c_str()) == 0);
  const words program{"/bin/path_calls",
                      "reach",
                      "/f",
                      "f",
                      "./f",
                      "//f",
                      "/d/../f",
                      "d/../f",
                      "hard",
                      "/d/hard",
                      "/proc/self/root/f",
                      "/proc/self/cwd/f"};
  struct stat before {
  }, after{};
  REQUIRE(::stat((root + "/f").c_str(), &before) == 0);

  const auto denied
      = in_view(place, root, {"-w", "/", "--fs-deny", "/f"}, program);

  INFO(denied.err);
  CHECK(denied.code() == 0);
  std::istringstream lines(denied.out);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    // What a link says is no path yet.
    if (!line.starts_with("symlink text "))
      CHECK(line.find("=E") != std::string::npos);
  CHECK(count > 1000);
  CHECK(read_file(root + "/f") == "some text");
  REQUIRE(::stat((root + "/f").c_str(), &after) == 0);
  CHECK(before.st_mode == after.st_mode);
  CHECK(before.st_nlink == after.st_nlink);
  CHECK(before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
  CHECK(before.st_ctim.tv_nsec == after.st_ctim.tv_nsec);
  // Not denied, the same calls do.
  const auto allowed = in_view(place, root, {"-w", "/"}, program);
  CHECK(std::count(allowed.out.begin(), allowed.out.end(), '\n') == count);
  CHECK(allowed.out.find("truncate /d/hard=0\n") != std::string::npos);
  ::stat((root + "/f").c_str(), &after);
  CHECK(before.st_mode != after.st_mode);
}

TEST_CASE("without a root of its own a denial takes a path out of the host's",
          "[e2e][view]") {
  const world place(GENERATE(from_range(everybody())));
  const auto file = place.files().file("inside/file", "x", place.who());
  const auto hidden = place.files().file("inside/hidden", "x", place.who());
  const words program{
      programs::target("act"), "read", file, "read", hidden, "write", hidden};

  const auto inside = run(place.confined({"--fs-deny", hidden}, program));

  INFO(inside.err);
  CHECK(inside.out
        == "read " + file + "=ok\nread " + hidden + "=EACCES\nwrite " + hidden
               + "=EACCES\n");
}

TEST_CASE("a program that is not in the view, or not granted, is said so",
          "[e2e][view]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"act"});

  const auto missing = in_view(place, root, {"-r", "/"}, {"/bin/none"});
  const auto ungranted = in_view(place, root, {"-r", "/d"}, {"/bin/act"});

  CHECK(missing.err.find("is not in the view") != std::string::npos);
  CHECK(ungranted.err.find("-r /") != std::string::npos);
  // Without a root of its own "/" would be everything there is.
  const auto of_host
      = run(place.cordon({"run", "--fs-deny", place.secret(), "-r",
                          place.inside(), "--", programs::target("act")}));
  CHECK(of_host.err.find("no grant covers") != std::string::npos);
  CHECK(of_host.err.find("-r with its directory would") != std::string::npos);
  const auto denied
      = in_view(place, root, {"-r", "/", "--fs-deny", "/bin"}, {"/bin/act"});
  CHECK(denied.err.find("is denied by --fs-deny") != std::string::npos);
  CHECK(denied.err.find("would grant it") == std::string::npos);
  CHECK(missing.code() == 127);
  for (const auto& each : {ungranted, of_host, denied})
    CHECK(each.code() == 126);
}

TEST_CASE("signals break no call about a path, and nothing is done twice",
          "[e2e][view]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"path_storm"});

  const auto result = in_view(place, root, {"-w", "/"},
                              {"/bin/path_storm", "signals", "600"});

  INFO(result.err);
  CHECK(result.out == "signals came wrong 0\n");
}

TEST_CASE("changing a path, or a name, while it is looked at leaks nothing",
          "[e2e][view][abuse-03][abuse-05][threat-01][threat-10]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string kind = GENERATE("flip", "shared", "exchange");
  INFO(place.who().name << " " << kind);
  const auto root = root_with(place, "root", {"path_storm"});
  place.files().file("root/secret", "secret", place.who());
  const words program{"/bin/path_storm", kind,
                      kind == "exchange" ? "2000" : "10000"};

  const auto denied
      = in_view(place, root, {"-w", "/", "--fs-deny", "/secret"}, program);

  INFO(denied.err);
  CHECK(denied.out == "wrong 0\n");
  if (kind == "exchange")
    return;
  // Not denied, it is found: the race is one.
  const auto allowed = in_view(place, root, {"-w", "/"}, program);
  CHECK(allowed.out.find("wrong 0\n") == std::string::npos);
}

TEST_CASE("no fd is left behind in a program by calls on its behalf",
          "[e2e][view]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"path_storm"});

  const auto result
      = in_view(place, root, {"-w", "/"}, {"/bin/path_storm", "fds", "1000"});

  INFO(result.err);
  CHECK(result.out == "wrong 0\n");
}
