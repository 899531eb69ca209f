#include "cli/library_places.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using cordon::cli::directory_of;
using cordon::cli::library_places;
using cordon::cli::program_facts;

TEST_CASE("a library is looked for in the loader's places", "[library]") {
  program_facts wanting;
  wanting.run_paths = {"$ORIGIN/../lib", "${ORIGIN}", "/opt/lib"};

  const auto places
      = library_places("libx.so", "/app/bin/run", wanting, "/one:/two");

  REQUIRE(places.size() > 5);
  CHECK(places[0] == "/app/bin/../lib/libx.so");
  CHECK(places[1] == "/app/bin/libx.so");
  CHECK(places[2] == "/opt/lib/libx.so");
  CHECK(places[3] == "/one/libx.so");
  CHECK(places[4] == "/two/libx.so");
  CHECK(std::ranges::count(places, "/usr/lib/libx.so") == 1);
}

TEST_CASE("a name with a slash is a path", "[library]") {
  CHECK(library_places("./libx.so", "/app/run", {}, "/one")
        == std::vector<std::string>{"./libx.so"});
}

TEST_CASE("run paths that cannot be known are left out", "[library]") {
  program_facts wanting;
  wanting.run_paths = {"/opt/$LIB", "$ORIGIN/lib"};

  const auto known = library_places("libx.so", "/app/run", wanting, "");
  CHECK(known[0] == "/app/lib/libx.so");

  // A directory that is called $ORIGIN would be replaced for ever.
  const auto hostile = library_places("libx.so", "/$ORIGIN/run", wanting, "");
  for (const auto& place : hostile)
    CHECK(place.find('$') == std::string::npos);
}

TEST_CASE("empty entries of lists are no places", "[library]") {
  for (const auto& place : library_places("libx.so", "/app/run", {}, "::;/a:"))
    CHECK(place != "/libx.so");
}

TEST_CASE("every path has a directory", "[library]") {
  CHECK(directory_of("/a/b") == "/a");
  CHECK(directory_of("/a") == "/");
  CHECK(directory_of("a") == ".");
}
