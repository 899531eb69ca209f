// Programs that try to get out of a root, or around its rules, by /proc. The
// numbers are those of the tries in tests/targets/proc_abuse.cpp.
#include "tests/e2e/view_looks.hpp"
#include "tests/support/outside.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace cordon;
using namespace cordon::test;

namespace {

words abuse(const words& kind) {
  return words{"/bin/proc_abuse"} + kind;
}

/// A root in which /dev/fd leads where it leads everywhere.
std::string root_to_abuse(const world& place) {
  auto root = root_with(place, "root", {"proc_abuse"});
  place.files().directory("root/dev", place.who());
  REQUIRE(::symlink("/proc/self/fd", (root + "/dev/fd").c_str()) == 0);
  return root;
}

/// The lines that begin with `what` and do not end so.
std::string others(const std::string& text, const std::string& end,
                   const std::string& what = {}) {
  std::istringstream lines(text);
  std::string made;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(what) && !line.ends_with(end))
      made += line + "\n";
  return made;
}

} // namespace

TEST_CASE("no door in /proc leads to a file outside a root",
          "[e2e][view][abuse-07]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_to_abuse(place);
  const victim other{place.who()};
  const words kind{"reach", place.secret(), std::to_string(other.pid())};

  const auto inside = in_view(place, root, {"-w", "/"}, abuse(kind));
  const auto outside
      = run(place.outside(words{programs::target("proc_abuse")} + kind));

  INFO(inside.err);
  CHECK(inside.code() == 0);
  std::istringstream lines(inside.out);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    if (!line.starts_with("chdir "))
      CHECK_FALSE(line.ends_with("=ok"));
  CHECK(count > 400);
  // Outside the same names do lead there.
  CHECK(has_line(outside.out, "/proc/self/root" + place.secret() + "=ok"));
  CHECK(has_line(outside.out, "/proc/" + std::to_string(other.pid()) + "/root"
                                  + place.secret() + "=ok"));
}

TEST_CASE("what the kernel knows of a program's memory is told in the view's "
          "words",
          "[e2e][view][abuse-08]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_to_abuse(place);
  const auto program = root + "/bin/proc_abuse";
  const auto size = std::filesystem::file_size(program);

  const auto inside = in_view(place, root, {"-r", "/"}, abuse({"program"}));
  const auto outside
      = run(place.outside({programs::target("proc_abuse"), "program"}));

  INFO(inside.out << inside.err);
  CHECK(has_line(inside.out, "exe=/bin/proc_abuse"));
  CHECK(has_line(inside.out, "exe written=EACCES"));
  CHECK(has_line(inside.out, "exe emptied=EACCES"));
  CHECK(has_line(inside.out, "map_files=EACCES"));
  CHECK(has_line(inside.out, "lines=many"));
  CHECK(has_line(inside.out, "mapped files opened=0"));
  CHECK(has_line(inside.out, "query=ENOTTY"));
  CHECK(has_line(inside.out, "queried="));
  CHECK(inside.out.find(place.files().path()) == std::string::npos);
  CHECK(std::filesystem::file_size(program) == size);
  CHECK(has_line(outside.out, "exe=" + programs::target("proc_abuse")));
  CHECK(outside.out.find("names=" + programs::target("proc_abuse"))
        != std::string::npos);
}

TEST_CASE("a file that may be read is not opened again for writing",
          "[e2e][view][abuse-22]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_to_abuse(place);
  const auto host = place.files().directory("host", place.who());
  place.files().file("host/kept", "some text", place.who());
  const words mounted{"-w", "/", "--fs-mount", "/d:" + host + ":ro"};
  const auto granted
      = in_view(place, root, {"-r", "/"}, abuse({"again", "/f"}));
  const auto read_only
      = in_view(place, root, mounted, abuse({"again", "/d/kept"}));

  INFO(granted.err << read_only.err);
  for (const auto& [said, refusal] :
       {std::pair{granted.out, std::string("EACCES")},
        std::pair{read_only.out, std::string("EROFS")}}) {
    CHECK(has_line(said, "open=ok"));
    for (const char* const who :
         {"self", "thread-self", "dev", "process", "task", "thread", "root"}) {
      INFO(who);
      CHECK(has_line(said, std::string(who) + " to read=ok"));
      CHECK(others(said, "=" + refusal, std::string(who) + " ")
            == std::string(who) + " to read=ok\n");
    }
  }
  CHECK(read_file(root + "/f") == "some text");
  CHECK(read_file(host + "/kept") == "some text");
  // Where it may be written to, all of that works.
  const auto all = in_view(place, root, {"-w", "/"}, abuse({"again", "/f"}));
  CHECK(others(all.out, "=ok") == "");
  CHECK(read_file(root + "/f").empty());
}

TEST_CASE("nothing in /proc is written to on anybody's behalf",
          "[e2e][view][threat-12]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_to_abuse(place);

  const auto inside = in_view(place, root, {"-w", "/"}, abuse({"write"}));
  const auto outside
      = run(place.bare({programs::target("proc_abuse"), "write"}));

  INFO(inside.out << inside.err);
  CHECK(inside.out == "tried=many\nopened=0\n");
  CHECK(outside.out.find("oom_score_adj=opened") != std::string::npos);
}
