// Who is given an fd is kept on one CPU meanwhile; nobody can tell.
#include "tests/e2e/view_looks.hpp"

#include <catch2/catch.hpp>

using namespace cordon;
using namespace cordon::test;

TEST_CASE("on which CPUs threads may run is theirs, whatever they are given",
          "[e2e][view][affinity]") {
  const world place(GENERATE(from_range(everybody())));
  const auto where = GENERATE(words{}, words{"/usr/bin/taskset", "-c", "0"});
  INFO(place.who().name);
  const auto root = root_with(place, "root", {"affinity"});
  const words asked{"2000"};

  const auto outside = run(place.outside(
      where + words{programs::target("affinity"), root + "/d/f"} + asked));
  auto supervised = view_command(place, root, everything,
                                 words{"/bin/affinity", "/d/f"} + asked);
  supervised.argv = where + supervised.argv;
  const auto inside = run(supervised);

  INFO(outside.err << inside.err);
  CHECK(has_line(outside.out, "opened=2000"));
  CHECK(has_line(outside.out, "own=ok"));
  CHECK(inside.out == outside.out);
}
