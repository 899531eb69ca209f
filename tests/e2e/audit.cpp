// Denials as they are told afterwards: --audit, stats, -v.
#include "tests/e2e/status_world.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

using namespace cordon;
using namespace cordon::test;

TEST_CASE("option --audit appends each denial with its rule and remedy",
          "[e2e][status][audit]") {
  const world place(GENERATE(from_range(everybody())));
  const auto log = place.files().directory("log", place.who()) + "/audit";
  const auto& secret = place.secret();
  const words options{"--name", "mine", "--audit", log};
  const words refused{"/bin/sh", "-c", "chmod 777 \"$0\"; chmod 777 \"$0\"",
                      secret};

  CHECK(run(place.confined(options, refused)).code() != 0);
  struct stat facts {};
  REQUIRE(::stat(log.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 07777) == 0600);
  CHECK(facts.st_uid == place.who().uid);
  const auto first = read_file(log);
  CHECK(std::ranges::count(first, '\n') == 2);
  for (const std::string& part :
       {std::string("\"time\":\"2"), std::string("\"sandbox\":\"mine\""),
        std::string("\"operation\":\"chmod\""),
        std::string("\"error\":\"EACCES\""), "\"subject\":\"" + secret + "\"",
        "\"rule\":\"no write grant covers " + secret + "\"",
        "\"remedy\":\"--fs-write " + secret + "\""})
    says(first, part);

  CHECK(run(place.confined(options, refused)).code() != 0);
  CHECK(read_file(log).starts_with(first));
  CHECK(std::ranges::count(read_file(log), '\n') == 4);
}

TEST_CASE("denials are remembered for stats, and told with -v",
          "[e2e][status][audit]") {
  const world place(GENERATE(from_range(everybody())));
  up box(place, {"--name", "mine", "-v"},
         {"/bin/sh", "-c",
          "chmod 777 \"$0\" 2>/dev/null; echo up; read line; exit 5",
          place.secret()});

  const auto line = "no write grant covers " + place.secret()
                    + "; to allow it: --fs-write " + place.secret();
  // The program is answered first, the board written then.
  eventually([&] {
    return run(place.cordon({"stats", "mine"})).out.find(line)
           != std::string::npos;
  });
  const auto json = run(place.cordon({"stats", "mine", "--json"})).out;
  says(json, "\"denied\":1");
  says(json, "\"error\":\"EACCES\"");
  says(box.end().err, "mine: denied chmod (EACCES): " + line);
}

TEST_CASE("an audit file that a run could change, or that is none, is refused",
          "[e2e][status][audit]") {
  const world place(GENERATE(from_range(everybody())));
  const auto refused = [&](const std::string& file, const words& more = {}) {
    const outcome said
        = run(place.confined(words{"--audit", file} + more, {"/bin/true"}));
    CHECK(said.code() == 2);
    CHECK(said.error_lines() == 1);
    return said.err;
  };
  const auto covered = refused(place.inside() + "/audit");
  says(covered, "the audit file");
  says(covered, place.inside());
  REQUIRE(::symlink(place.secret().c_str(), (place.files() / "link").c_str())
          == 0);
  says(refused(place.files() / "link"), "--audit");
  says(refused("/dev/null"), "no regular file");
  says(refused("/no/such/place"), "--audit");
  says(refused(""), "--audit");
  says(refused(place.files().file("audit", "", place.who()),
               {"--no-supervisor"}),
       "--audit");
}
