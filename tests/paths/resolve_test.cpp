// The resolver against the kernel: every answer the same as in a chroot with
// real bind mounts.
#include "core/paths/resolve.hpp"
#include "tests/paths/trees.hpp"
#include "tests/support/chroots.hpp"
#include "tests/support/scratch.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

using namespace cordon;
using namespace cordon::test;

namespace {

/// An object, the same for both sides.
std::string object_of(int fd) {
  struct stat facts {};
  if (::fstat(fd, &facts) != 0)
    return "fstat " + std::to_string(errno);
  return std::to_string(facts.st_dev) + ":" + std::to_string(facts.st_ino);
}

struct question {
  std::string cwd; ///< absolute, in the root; no links in it
  std::string path;
  bool follow = true;
};

std::string show(const question& q) {
  return q.cwd + " '" + q.path + (q.follow ? "' " : "' nofollow ");
}

/// The kernel's answer, asked in the root.
std::string ask_kernel(const std::vector<question>& all) {
  std::string text;
  for (const auto& q : all) {
    text += show(q);
    if (::chdir(q.cwd.c_str()) != 0) {
      text += "no cwd\n";
      continue;
    }
    const unique_fd fd{::open(
        q.path.c_str(), O_PATH | O_CLOEXEC | (q.follow ? 0 : O_NOFOLLOW))};
    text
        += (fd ? object_of(fd.get()) : "errno " + std::to_string(errno)) + "\n";
  }
  return text;
}

/// The resolver's answer, asked outside the root.
std::string ask_resolver(const std::string& root,
                         const std::vector<bind_mount>& mounts,
                         const std::vector<question>& all) {
  std::vector<paths::mount_spec> specs;
  specs.reserve(mounts.size());
  for (const auto& each : mounts)
    specs.push_back({each.at, each.host, each.read_only});
  const auto view = paths::view::make(root, specs);
  if (!view)
    return view.error().message();
  const paths::resolver resolver{*view, nullptr, 0, nullptr};
  std::string text;
  for (const auto& q : all) {
    text += show(q);
    const unique_fd base{
        ::open(host_path(root, mounts, q.cwd).c_str(), O_PATH | O_DIRECTORY)};
    if (!base || ::faccessat(base.get(), ".", F_OK, 0) != 0) {
      text += "no cwd\n";
      continue;
    }
    const auto where = view->locate(base.get());
    if (!where) {
      text += "not located\n";
      continue;
    }
    const auto found = resolver.object({base.get(), *where}, q.path, q.follow);
    text += (found ? object_of(found->fd.get())
                   : "errno " + std::to_string(found.error().code))
            + "\n";
  }
  return text;
}

void compare(const std::string& root, const std::vector<bind_mount>& mounts,
             const identity& who, const std::vector<question>& all) {
  std::string difference = "not asked";
  // The kernel counts links twice when something moved meanwhile and it began
  // its walk anew, anywhere on the machine: then a chain of 40 is too long.
  for (int attempt = 0; attempt < 5 && !difference.empty(); ++attempt) {
    const auto kernel
        = in_chroot(root, mounts, who, [&] { return ask_kernel(all); });
    REQUIRE(kernel);
    const auto ours
        = in_child(who, [&] { return ask_resolver(root, mounts, all); });
    difference = first_difference(*kernel, ours);
  }
  CHECK(difference == "");
}

} // namespace

TEST_CASE("a path in a root leads where it leads in a chroot", "[paths]") {
  if (!can_chroot())
    return skip("only root may chroot");
  const auto& who = GENERATE(from_range(everybody()));
  const scratch place;
  const auto root = small_root(place, who);
  std::vector<question> all;
  for (const auto& cwd : {"/", "/dir", "/dir/sub"})
    for (const auto& path : small_root_paths())
      for (const bool follow : {true, false})
        all.push_back({cwd, path, follow});

  compare(root, {}, who, all);
}

TEST_CASE("a path across mounts leads where it leads across bind mounts",
          "[paths]") {
  if (!can_chroot())
    return skip("only root may chroot");
  const auto& who = GENERATE(from_range(everybody()));
  const scratch place;
  const auto root = small_root(place, who);
  const std::vector<bind_mount> mounts{
      {"/mnt", small_root(place, who, "one")},
      {"/mnt/dir", small_root(place, who, "two")},
      {"/dir/sub", place.directory("three", who)}};
  std::vector<question> all;
  for (const auto& cwd : {"/", "/dir", "/dir/sub", "/mnt", "/mnt/dir/sub"})
    for (const auto& path : small_root_paths())
      for (const bool follow : {true, false})
        all.push_back({cwd, path, follow});

  compare(root, mounts, who, all);
}

TEST_CASE("random paths in random trees lead where the kernel says",
          "[paths]") {
  if (!can_chroot())
    return skip("only root may chroot");
  const auto& who = GENERATE(from_range(everybody()));
  const auto seed = GENERATE(range(1U, 13U));
  const bool mounted = seed % 2 == 0;
  INFO("seed " << seed);
  dice throws{seed};
  const scratch place;
  const auto root = random_root(place, "root", who, throws);
  std::vector<bind_mount> mounts;
  if (mounted) {
    place.directory("root/mnt", who);
    mounts = {{"/mnt", random_root(place, "other", who, throws)}};
    place.directory("other/in", who);
    mounts.push_back({"/mnt/in", random_root(place, "third", who, throws)});
  }
  std::vector<question> all;
  all.reserve(3000);
  for (int i = 0; i < 3000; ++i)
    all.push_back({throws.one_of({"/", "/a", "/b", "/mnt", "/mnt/in", "/a/b"}),
                   random_path(throws), throws.up_to(1) == 0});

  compare(root, mounts, who, all);
}

TEST_CASE("what is not in the view has no place there", "[paths]") {
  const scratch place;
  const auto root = place.directory("root");
  place.directory("root/in");
  const auto view = paths::view::make(root, {});
  REQUIRE(view);
  const unique_fd in{::open((root + "/in").c_str(), O_PATH)};
  const unique_fd out{::open(place.path().c_str(), O_PATH)};
  const unique_fd pipe{::memfd_create("none", 0)};

  CHECK(view->locate(in.get()).value().path == "/in");
  REQUIRE_FALSE(view->locate(out.get()));
  CHECK(view->locate(out.get()).error().code == EACCES);
  CHECK_FALSE(view->locate(pipe.get()));
  // A neighbour whose name begins alike.
  place.directory("root2");
  const unique_fd near{::open((place / "root2").c_str(), O_PATH)};
  CHECK_FALSE(view->locate(near.get()));
}

TEST_CASE("a root that is moved stays the root", "[paths]") {
  const scratch place;
  const auto root = place.directory("root");
  place.directory("root/in");
  const auto view = paths::view::make(root, {});
  REQUIRE(view);
  REQUIRE(::rename(root.c_str(), (place / "moved").c_str()) == 0);
  const paths::resolver resolver{*view, nullptr, 0, nullptr};

  const auto found = resolver.object({}, "/in", true);

  REQUIRE(found);
  CHECK(view->locate(found->fd.get()).value().path == "/in");
}

TEST_CASE("a deleted directory is where it was", "[paths]") {
  const scratch place;
  const auto root = place.directory("root");
  const auto gone = place.directory("root/gone");
  const auto view = paths::view::make(root, {});
  REQUIRE(view);
  const unique_fd fd{::open(gone.c_str(), O_PATH)};
  REQUIRE(::rmdir(gone.c_str()) == 0);
  const auto where = view->locate(fd.get());
  REQUIRE(where);
  CHECK(where->path == "/gone");
  const paths::resolver resolver{*view, nullptr, 0, nullptr};

  CHECK(resolver.object({fd.get(), *where}, ".", true));
  CHECK(resolver.object({fd.get(), *where}, "..", true));
  const auto inside = resolver.object({fd.get(), *where}, "x", true);
  REQUIRE_FALSE(inside);
  CHECK(inside.error().code == ENOENT);
}

TEST_CASE("a view says what is wrong with its mounts", "[paths]") {
  const scratch place;
  const auto root = place.directory("root");
  place.directory("root/dir");
  place.file("root/file", "x");
  REQUIRE(::symlink("dir", (root + "/link").c_str()) == 0);
  const auto code = [&](const std::vector<paths::mount_spec>& mounts) {
    const auto made = paths::view::make(root, mounts);
    return made ? 0 : made.error().code;
  };

  CHECK(code({{"/dir", place.path()}}) == 0);
  CHECK(code({{"/dir/", place.path()}, {"//dir", place.path()}}) == EEXIST);
  CHECK(code({{"/", place.path()}}) == EINVAL);
  CHECK(code({{"dir", place.path()}}) == EINVAL);
  CHECK(code({{"/dir/../dir", place.path()}}) == EINVAL);
  CHECK(code({{"/none", place.path()}}) == ENOENT);
  CHECK(code({{"/file", place.path()}}) == ENOTDIR);
  CHECK(code({{"/link", place.path()}}) == ELOOP);
  CHECK(code({{"/dir", place / "none"}}) == ENOENT);
  CHECK(paths::view::make(place / "none", {}).error().code == ENOENT);
}
