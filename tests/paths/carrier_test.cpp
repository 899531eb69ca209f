// Calls carried out on pinned places against the kernel's own in a chroot:
// every outcome and the tree that is left are the same.
#include "tests/paths/call_root.hpp"
#include "tests/paths/every_call.hpp"
#include "tests/paths/trees.hpp"
#include "tests/support/carried.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace cordon;
using namespace cordon::test;

namespace {

/// Runs `ask` in both worlds, in roots of their own that begin alike.
void agree(std::string (*ask)(), std::size_t least_lines, bool mounted) {
  if (!can_chroot())
    return skip("only root may chroot");
  const auto& who = GENERATE(from_range(everybody()));
  INFO(who.name);
  const scratch place;
  const auto world = [&](const std::string& name) {
    std::vector<bind_mount> mounts;
    if (mounted)
      mounts = {{"/d", call_root(place, who, name + "_d")},
                {"/free", call_root(place, who, name + "_free"), true},
                {"/sticky", call_root(place, who, name + "_sticky")}};
    return std::pair{call_root(place, who, name), mounts};
  };
  const auto theirs = world("kernel");
  const auto ours = world("carried");

  const auto kernel = in_chroot(theirs.first, theirs.second, who, [ask] {
    open_path_fds();
    return ask();
  });
  const auto carrier
      = carried(ours.first, ours.second, who, ask, no_rules{}, open_path_fds);

  REQUIRE(kernel);
  CHECK(differences(*kernel, carrier) == "");
  CHECK(
      static_cast<std::size_t>(std::count(carrier.begin(), carrier.end(), '\n'))
      >= least_lines);
  CHECK(differences(describe_tree(theirs.first), describe_tree(ours.first))
        == "");
  for (std::size_t i = 0; i < ours.second.size(); ++i)
    CHECK(differences(describe_tree(theirs.second[i].host),
                      describe_tree(ours.second[i].host))
          == "");
}

} // namespace

TEST_CASE("the errno of every call for every kind of path is the kernel's",
          "[paths][abuse-12][abuse-13]") {
  agree(errno_matrix, 2500, GENERATE(false, true));
}

TEST_CASE("opens do what the kernel's do, whatever the flags",
          "[paths][abuse-11]") {
  agree(opens, 5000, GENERATE(false, true));
}

TEST_CASE("names are made, moved and removed as the kernel does it",
          "[paths]") {
  agree(names, 1500, GENERATE(false, true));
}

TEST_CASE("attributes are read and changed as the kernel does it", "[paths]") {
  agree(attributes, 600, GENERATE(false, true));
}
