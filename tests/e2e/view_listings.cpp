// Listings that are put together.
#include "tests/e2e/view_looks.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

using namespace cordon;
using namespace cordon::test;

TEST_CASE("a listing that is made seeks, rewinds and goes on as the kernel's",
          "[e2e][view][proc]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_to_look_at(place);
  for (int i = 0; i < 100; ++i)
    place.files().file("root/d/name" + std::to_string(i), "", place.who());
  const std::string directory
      = GENERATE("/", "/d", "/proc/self", "/proc/sys/kernel");
  INFO(directory);

  const auto said
      = look(place, root, everything + words{"--deterministic-dirs"},
             {"listing", directory});
  const auto outside = run(
      place.outside({programs::target("proc_views"), "listing", root + "/d"}));

  INFO(said.out << said.err);
  CHECK(said.out
        == "again=\nrewound=same\nsmall=same\ntoo-small=!EINVAL\n"
           "duplicate=goes on\nsought=goes on\nolder=same\n");
  CHECK(outside.out == said.out);
}

TEST_CASE("option --deterministic-dirs lists directories in the order of bytes",
          "[e2e][view][proc]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_to_look_at(place);
  place.files().directory("root/names", place.who());
  for (const char* const name :
       {"b", "B", "a.c", "a", "\xFF", "z", "a b", "\xC3\xA4"})
    place.files().file(std::string("root/names/") + name, "", place.who());

  const auto sorted
      = look(place, root, everything + words{"--deterministic-dirs"},
             {"order", "/names"});
  for (const char* const name : {"2", "1", "10", "Z"})
    place.files().file(std::string("inside/") + name, "", place.who());
  const auto without_root = run(
      place.confined({"--deterministic-dirs"}, {programs::target("proc_views"),
                                                "order", place.inside()}));

  // By one number, twice: nothing is left of the first.
  const auto twice
      = look(place, root, everything + words{"--deterministic-dirs"},
             {"names", "/names", "/names"});

  INFO(sorted.err << without_root.err);
  const std::string line
      = "/names=" + value_of(sorted, "/names").substr(5) + "\n";
  CHECK(twice.out == line + line);
  CHECK(value_of(sorted, "/names") == ". .. B a a b a.c b z \xC3\xA4 \xFF");
  CHECK(value_of(without_root, place.inside()) == ". .. 1 10 2 Z");
}

namespace {

void fill(const world& place, const std::string& root, int many) {
  static_cast<void>(place.files().directory("root/many", place.who()));
  for (int i = 0; i < many; ++i)
    REQUIRE(::mknod((root + "/many/" + std::to_string(i)).c_str(),
                    S_IFREG | 0644, 0)
            == 0);
}

} // namespace

TEST_CASE("100,000 names are read and sought in a view as outside",
          "[e2e][view]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_to_look_at(place);
  fill(place, root, 100'000);
  const auto bare = [&] {
    return run(place.outside(
        {programs::target("proc_views"), "many", root + "/many"}));
  };
  const auto inside = [&](const words& options) {
    return look(place, root, everything + options, {"many", "/many"});
  };

  const auto whole = bare();
  const auto shown = inside({});
  const auto sorted = inside({"--deterministic-dirs"});
  const auto sifted = inside({"--fs-deny", "/many/7"});
  const auto both = inside({"--fs-deny", "/many/7", "--deterministic-dirs"});
  REQUIRE(::unlink((root + "/many/7").c_str()) == 0);
  const auto less = bare();

  INFO(shown.err << sorted.err << sifted.err << both.err);
  CHECK(value_of(whole, "count") == "100002");
  CHECK(whole.out.find("differs") == std::string::npos);
  CHECK(shown.out == whole.out);
  CHECK(sorted.out == whole.out);
  CHECK(value_of(less, "count") == "100001");
  CHECK(sifted.out == less.out);
  CHECK(both.out == less.out);
}

TEST_CASE("nobody waits while a large directory is read, sifted and sorted",
          "[e2e][view]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_to_look_at(place);
  fill(place, root, 40'000);

  const auto sorted
      = look(place, root, everything + words{"--deterministic-dirs"},
             {"busy", "/many"});
  // One name is hidden, so each is looked at.
  const auto sifted
      = look(place, root,
             everything + words{"--deterministic-dirs", "--fs-deny", "/many/7"},
             {"busy", "/many"});

  INFO(sorted.err << sifted.err);
  CHECK(sorted.out == "others=go on\nnames=40002\nsorted=yes\n");
  CHECK(sifted.out == "others=go on\nnames=40001\nsorted=yes\n");
}
