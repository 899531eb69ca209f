// AF_UNIX datagrams in a view.
#include "tests/e2e/view_world.hpp"
#include "tests/paths/call_root.hpp"
#include "tests/paths/trees.hpp"
#include "tests/support/outside.hpp"

#include <catch2/catch.hpp>

#include <sys/socket.h>
#include <unistd.h>

using namespace cordon;
using namespace cordon::test;

namespace {

const words opened{"--extra-allow-syscall", "unix_datagram"};

} // namespace

TEST_CASE("datagrams in a view go to socket files of the view, and answers to "
          "the names that the kernel tells",
          "[e2e][view][sockets][datagrams]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"datagram_escapes"});
  auto outside
      = unix_listener::at(place.files() / "outside/socket", SOCK_DGRAM);
  auto own = unix_listener::at(root + "/own", SOCK_DGRAM);
  REQUIRE(::symlink(outside.name().c_str(), (root + "/escape").c_str()) == 0);

  for (const auto& name : {outside.name(), std::string("/escape"),
                           "/../../../../.." + outside.name()}) {
    const auto inside = in_view(
        place, root, words{"-w", "/"} + opened,
        {"/bin/datagram_escapes", "path=" + name, "own=/own", "flips=500"});
    INFO(inside.out << inside.err);
    CHECK(inside.out.find("own=ok\n") != std::string::npos);
    CHECK(inside.out.find("flips reached=some\n") != std::string::npos);
    CHECK(inside.out.find("flips reached the other=no\n") != std::string::npos);
    CHECK(outside.arrivals() == 0);
  }
  CHECK(own.arrivals() == 3);
  const auto ungranted
      = in_view(place, root, words{"-r", "/"} + opened,
                {"/bin/datagram_escapes", "path=/own", "own=/own"});
  CHECK(ungranted.out.find("own=EACCES\n") != std::string::npos);
  CHECK(own.arrivals() == 0);
}

TEST_CASE("messages in a view agree with those in a chroot",
          "[e2e][view][sockets][datagrams]") {
  if (!ourselves().is_root())
    return skip("only root may chroot");
  const world place(GENERATE(from_range(everybody())));
  const std::string name = GENERATE("datagrams", "messages");
  const words both{name};
  const auto theirs = root_with(place, "kernel", both);
  const auto ours = root_with(place, "view", both);
  const words program{"/bin/" + name, "/d"};

  const auto outside = in_chroot(place, theirs, program);
  const auto inside = in_view(place, ours, words{"-w", "/"} + opened, program);

  INFO(outside.err << inside.err);
  CHECK(outside.code() == 0);
  CHECK(inside.code() == 0);
  CHECK(differences(outside.out, inside.out) == "");
  CHECK(inside.out.size() > 3'000);
}
