// What threads are made to do by themselves in a view (chdir, O_PATH), when
// something gets in the way.
#include "tests/e2e/view_world.hpp"
#include "tests/support/probes.hpp"

#include <catch2/catch.hpp>

using namespace cordon;
using namespace cordon::test;

TEST_CASE(
    "a process that is stopped in a view stops, and goes on when told to, "
    "whatever call it is in",
    "[e2e][view][errands]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_with(place, "root", {"errands"});

  for (const char* const kind : {"stopped", "caught"}) {
    const auto inside
        = in_view(place, root, {"-w", "/"}, {"/bin/errands", kind, "1500"});
    INFO(kind << inside.err);
    CHECK(inside.out == "goes on=yes\nstops=yes\n");
  }
}

TEST_CASE("a program that one thread starts while the first one is in a call "
          "has nothing left of that",
          "[e2e][view][errands]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_with(place, "root", {"errands"});

  const auto inside
      = in_view(place, root, {"-w", "/"}, {"/bin/errands", "replaced", "30"});

  INFO(inside.err);
  CHECK(inside.code() == 0);
  CHECK(inside.out == "well=yes\n");
}
