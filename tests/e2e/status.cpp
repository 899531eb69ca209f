// Running sandboxes as others see them: ps, inspect, stats, kill.
#include "tests/e2e/status_world.hpp"

#include <catch2/catch.hpp>

#include <signal.h>

using namespace cordon;
using namespace cordon::test;

TEST_CASE("a run is listed, shown and ended by its name, whether it trapped "
          "or not",
          "[e2e][status][A-23.01][A-23.03]") {
  const world place(GENERATE(from_range(everybody())));
  const words program = GENERATE(staying, staying_after_traps);
  up box(place, {"--name", "mine", "-P", "9"}, program);

  // Who keeps the run may have learnt of its start a little later.
  eventually([&] {
    const outcome listed = run(place.cordon({"ps"}));
    return listed.out.find("mine ") != std::string::npos
           && listed.out.find("2/9") != std::string::npos;
  });
  says(run(place.cordon({"ps", "--json"})).out,
       "\"pid\":" + std::to_string(box.program().pid()) + ",");
  const outcome shown = run(place.cordon({"inspect", "mine"}));
  says(shown.out, "name: mine\n");
  says(shown.out, "--fs-write: " + place.inside() + " (read and write)");
  const outcome figures = run(place.cordon({"stats", "mine", "--json"}));
  says(figures.out, "\"process_limit\":9");
  // The same process all the time.
  says(run(place.cordon({"ps"})).out, std::to_string(box.program().pid()));

  const outcome killed = run(place.cordon({"kill", "mine"}));
  CHECK(killed.code() == 0);
  CHECK(killed.err.empty());
  const outcome ended = box.end();
  INFO(ended.err);
  CHECK(ended.code() == 128 + SIGKILL);
  CHECK(run(place.cordon({"ps"})).out == "No running sandboxes.\n");
  CHECK(entries(place) == 0);
}

TEST_CASE("a run that was looked at goes on as before", "[e2e][status]") {
  const world place(GENERATE(from_range(everybody())));
  up box(place, {}, waiting);

  const auto name = "sh-" + std::to_string(box.program().pid());
  // Without a name it is shown once it has lasted a little.
  eventually([&] {
    return run(place.cordon({"ps"})).out.find(name) != std::string::npos;
  });
  CHECK(run(place.cordon({"inspect", name})).code() == 0);
  const outcome ended = box.end();
  CHECK(ended.code() == 5);
  CHECK(ended.err.empty());
  CHECK(entries(place) == 0);
}

TEST_CASE("kill --signal reaches the program, and it alone decides",
          "[e2e][status]") {
  const world place(GENERATE(from_range(everybody())));
  up box(place, {"--name", "mine"},
         {"/bin/sh", "-c",
          "trap 'echo caught' USR1; echo up; read line; read line; exit 5"});

  CHECK(run(place.cordon({"kill", "mine", "--signal", "usr1"})).code() == 0);
  CHECK(box.program().wait_for("caught\n"));
  CHECK(box.end().code() == 5);
}

TEST_CASE("inspect --toml prints a profile that allows the same",
          "[e2e][status]") {
  const world place(GENERATE(from_range(everybody())));
  std::string text;
  {
    up box(place, {"--name", "mine", "--net-allow", ":443"}, waiting);
    text = run(place.cordon({"inspect", "--toml", "mine"})).out;
  }
  command again = place.cordon(
      {"explain", "--profile-file", "-", "write", place.inside() + "/new"});
  again.input = text;
  CHECK(run(again).code() == 0);
  again.argv
      = place.cordon({"explain", "--profile-file", "-", "read", place.secret()})
            .argv;
  CHECK(run(again).code() == 1);
}

TEST_CASE("a name that no sandbox has is status 1, a name that is none 2",
          "[e2e][status]") {
  const world place(GENERATE(from_range(everybody())));
  for (const char* const what : {"inspect", "stats", "kill"}) {
    const outcome nobody = run(place.cordon({what, "nobody"}));
    CHECK(nobody.code() == 1);
    CHECK(nobody.error_lines() == 1);
    says(nobody.err, "'nobody'");
    const outcome odd = run(place.cordon({what, "../x"}));
    CHECK(odd.code() == 2);
    CHECK(odd.error_lines() == 1);
  }
  CHECK(run(place.cordon({"ps"})).code() == 0);
}

TEST_CASE("two living runs cannot have one name", "[e2e][status]") {
  const world place(GENERATE(from_range(everybody())));
  {
    up first(place, {"--name", "mine"}, waiting);
    const outcome second
        = run(place.confined({"--name", "mine"}, {"/bin/echo"}));
    CHECK(second.code() == 2);
    CHECK(second.out.empty());
    CHECK(second.error_lines() == 1);
    says(second.err, "--name");
    says(second.err, std::to_string(first.program().pid()));
    CHECK(first.end().code() == 5);
  }
  CHECK(run(place.confined({"--name", "mine"}, {"/bin/true"})).code() == 0);
}

TEST_CASE("what a killed supervisor leaves is not listed, and is removed",
          "[e2e][status]") {
  const world place(GENERATE(from_range(everybody())));
  const bool traps = GENERATE(false, true);
  {
    const up dead(place, {"--name", "dead"}, traps ? trapping : waiting);
  } // killed
  REQUIRE(entries(place) == 1);

  SECTION("by ps") {
    CHECK(run(place.cordon({"ps"})).out == "No running sandboxes.\n");
  }
  SECTION("by kill") {
    CHECK(run(place.cordon({"kill", "dead"})).code() == 1);
  }
  SECTION("by a run of the same name") {
    CHECK(run(place.confined({"--name", "dead"}, {"/bin/true"})).code() == 0);
  }
  SECTION("by another run") {
    const up other(place, {}, waiting);
    // It is in no hurry.
    eventually([&] { return entries(place) == 1; });
    return;
  }
  CHECK(entries(place) == 0);
}

TEST_CASE("a run without a runtime directory goes on unlisted",
          "[e2e][status]") {
  const world place(GENERATE(from_range(everybody())));
  auto what = place.confined({"-v"}, {"/bin/echo", "ran"});
  for (auto& [name, value] : what.env)
    if (name == "XDG_RUNTIME_DIR")
      value = "/no/such/place";

  const outcome said = run(what);
  CHECK(said.out == "ran\n");
  CHECK(said.code() == 0);
  says(said.err, "not listed");
  what.argv = place.cordon({"ps"}).argv;
  CHECK(run(what).out == "No running sandboxes.\n");
}
