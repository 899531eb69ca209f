// Opens in a view that wait for somebody.
#include "tests/e2e/view_world.hpp"
#include "tests/support/probes.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>

using namespace cordon;
using namespace cordon::test;

TEST_CASE("who opens a FIFO waits for the other end as the kernel has it",
          "[e2e][view][threat-27]") {
  const world place(GENERATE(from_range(everybody())));
  const words kinds{"meet",        "meet-writer", "at-once",
                    "interrupted", "restarted",   "killed"};
  INFO(place.who().name);
  const auto root = root_with(place, "root", {"waiting_opens"});

  const auto outside = run(place.outside(
      words{programs::target("waiting_opens"), root + "/d"} + kinds));
  const auto inside = in_view(place, root, {"-w", "/"},
                              words{"/bin/waiting_opens", "/free"} + kinds);

  INFO(outside.err << inside.err);
  CHECK(outside.out.find("meet=wrong 0\n") == 0);
  CHECK(inside.out == outside.out);
  CHECK(inside.code() == 0);
}

TEST_CASE("more waiting opens than there is room for are turned away",
          "[e2e][view]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"waiting_opens"});

  const auto inside = in_view(place, root, {"-w", "/"},
                              {"/bin/waiting_opens", "/free", "crowd", "150"});

  INFO(inside.err);
  CHECK(inside.out == "crowd=refused 22 afterwards 0\n");
}

TEST_CASE("a lease that somebody outside holds delays its file, nothing else",
          "[e2e][view]") {
  const auto& who = GENERATE(from_range(everybody()));
  const world place(who);
  const auto root = root_with(place, "root", {"waiting_opens"});
  const auto file = place.files().file("root/free/leased", "12345", who);
  const unique_fd held{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  struct sigaction ignore {
  }, before{};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGIO, &ignore, &before);
  REQUIRE(::fcntl(held.get(), F_SETLEASE, F_RDLCK) == 0);

  running inside{view_command(place, root, {"-w", "/"},
                              {"/bin/waiting_opens", "/free", "lease"})};
  const bool said = inside.wait_for("waiting=1\n");
  CHECK(::fcntl(held.get(), F_SETLEASE, F_UNLCK) == 0);
  const auto end = inside.wait();
  ::sigaction(SIGIO, &before, nullptr);

  INFO(end.err);
  CHECK(said);
  CHECK(end.out.ends_with("lease=" + std::to_string(EAGAIN) + " 0 5 0 0 2\n"));
}
