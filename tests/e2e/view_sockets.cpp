// AF_UNIX sockets with names in a view.
#include "tests/e2e/view_world.hpp"
#include "tests/paths/call_root.hpp"
#include "tests/paths/trees.hpp"
#include "tests/support/outside.hpp"

#include <catch2/catch.hpp>

#include <unistd.h>

using namespace cordon;
using namespace cordon::test;

TEST_CASE("sockets in a view are bound, found and named as in a chroot",
          "[e2e][view][sockets]") {
  if (!ourselves().is_root())
    return skip("only root may chroot");
  const world place(GENERATE(from_range(everybody())));
  const words program = GENERATE(words{"/bin/socket_names", "/d"},
                                 words{"/bin/socket_names", "/d/e"},
                                 words{"/bin/local_sockets"});
  INFO(place.who().name << " " << program[0]);
  const words both{"socket_names", "local_sockets"};
  const auto theirs = root_with(place, "kernel", both);
  const auto ours = root_with(place, "view", both);

  auto outside = in_chroot(place, theirs, program);
  const auto inside = in_view(place, ours, {"-w", "/"}, program);
  // The chroot has no /proc; with one the name is good, as it is in a view.
  const std::string by_fd = "connect, own O_PATH fd=";
  if (const auto at = outside.out.find(by_fd + "ENOENT");
      at != std::string::npos)
    outside.out.replace(at, by_fd.size() + 6, by_fd + "ok");

  INFO(outside.err << inside.err);
  CHECK(outside.code() == 0);
  CHECK(inside.code() == 0);
  CHECK(outside.out.size() > 3'000);
  CHECK(differences(outside.out, inside.out) == "");
  CHECK(differences(describe_tree(theirs), describe_tree(ours)) == "");
}

TEST_CASE("socket files are made and found in a view where it may be written",
          "[e2e][view][sockets]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"socket_names"});
  const auto host = place.files().directory("host", place.who());
  const words program{"/bin/socket_names", "/free", "deny=/d/socket",
                      "ro=/d/e"};

  const auto inside = in_view(place, root,
                              {"-w", "/", "--fs-deny", "/d/socket",
                               "--fs-mount", "/d/e:" + host + ":ro"},
                              program);
  const auto ungranted
      = in_view(place, root, {"-r", "/"}, {"/bin/socket_names", "/sticky"});

  INFO(inside.err);
  CHECK(inside.out.ends_with("bind denied=EACCES\nconnect denied=ENOENT\n"
                             "bind read-only=EROFS\n"
                             "bind read-only, there=EADDRINUSE\n"));
  CHECK(inside.out.find("bind one=ok\n") != std::string::npos);
  CHECK(ungranted.out.find("bind one=EACCES\n") != std::string::npos);
}

TEST_CASE("no socket file outside a root is reached from it",
          "[e2e][view][sockets][abuse-15][threat-17]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"socket_escapes"});
  auto outside = unix_listener::at(place.files() / "outside/socket");
  auto own = unix_listener::at(root + "/own");
  REQUIRE(::symlink(outside.name().c_str(), (root + "/escape").c_str()) == 0);
  const auto above = "/../../../../.." + outside.name();

  for (const auto& name : {outside.name(), std::string("/escape"), above}) {
    const auto inside = in_view(
        place, root, {"-w", "/"},
        {"/bin/socket_escapes", "path=" + name, "own=/own", "flips=2000"});
    INFO(inside.out << inside.err);
    CHECK(inside.out.find("own=ok\n") != std::string::npos);
    CHECK(inside.out.find("flips reached=some\n") != std::string::npos);
    CHECK(inside.out.find("flips reached the other=no\n") != std::string::npos);
  }

  CHECK(outside.arrivals() == 0);
  CHECK(own.arrivals() > 0);
  // Outside the name is good.
  const auto bare
      = run(place.outside({programs::target("socket_escapes"),
                           "path=" + outside.name(), "own=" + own.name()}));
  CHECK(bare.out.find("path=ok\n") != std::string::npos);
  CHECK(outside.arrivals() > 0);
}
