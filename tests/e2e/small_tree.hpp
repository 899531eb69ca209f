// A tree of a few files and links, to be granted in parts.
#pragma once

#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace cordon::test {

struct small_tree {
  explicit small_tree(const world& place)
      : root(place.files().directory("tree", place.who())) {
    const auto& who = place.who();
    for (const char* name : {"a", "a/b", "a/b/c", "d", "d/e"})
      place.files().directory(std::string("tree/") + name, who);
    for (const char* name : {"f", "a/f", "a/b/f", "a/b/c/f", "d/f", "d/e/f"})
      place.files().file(std::string("tree/") + name,
                         read_file(programs::target("act")), who, 0755);
    for (const char* name :
         {"spare", "a/spare", "a/b/spare", "d/spare", "d/spare2"})
      place.files().file(std::string("tree/") + name, "spare", who);
    for (const words& link :
         {words{root + "/d", "a/to_d"}, words{"../d/f", "a/to_f"},
          words{"nowhere", "a/dangling"}})
      if (run(place.outside({"ln", "-s", link[0], root + "/" + link[1]})).code()
          != 0)
        FAIL("no link");
  }
  std::string root;
};

} // namespace cordon::test
