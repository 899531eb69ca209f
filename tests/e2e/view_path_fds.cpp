// Fds that were opened with O_PATH: the kernel's own, which no answer to a call
// can give, of any object, and without any rights.
#include "tests/e2e/view_looks.hpp"
#include "tests/paths/call_root.hpp"
#include "tests/paths/trees.hpp"

#include <catch2/catch.hpp>

using namespace cordon;
using namespace cordon::test;

namespace {

/// `path_fds KIND` in a directory, outside.
outcome bare(const world& place, const std::string& directory,
             const words& kind) {
  return run(place.bare(words{programs::target("path_fds")} + kind, directory));
}

words path_fds(const words& kind) {
  return words{"/bin/path_fds"} + kind;
}

} // namespace

TEST_CASE("an fd that is only a path is what it is outside, whatever it is of",
          "[e2e][view][path-fds]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto theirs = root_with(place, "kernel", {"path_fds"});
  const auto ours = root_with(place, "view", {"path_fds"});

  const auto outside = bare(place, theirs, {"all"});
  const auto inside = in_view(place, ours, {"-w", "/"}, path_fds({"all"}));

  INFO(outside.err << inside.err);
  REQUIRE(outside.code() == 0);
  CHECK(inside.code() == 0);
  CHECK(std::count(inside.out.begin(), inside.out.end(), '\n') > 3500);
  CHECK(differences(outside.out, inside.out) == "");
}

TEST_CASE("an fd that is only a path never becomes more",
          "[e2e][view][path-fds]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_with(place, "root", {"path_fds"});
  const auto look = [&](const words& options) {
    const auto said = in_view(place, root, options, path_fds({"rights"}));
    INFO(said.err);
    CHECK(said.code() == 0);
    return said.out;
  };

  const auto read = look({"-r", "/"});
  const auto leading = look({"-r", "/bin", "-r", "/d/e"});
  const auto denied = look({"-w", "/", "--fs-deny", "/f"});
  const auto all = look({"-w", "/"});

  for (const char* const what :
       {"to write", "truncate", "chmod", "link", "link by name", "make in"})
    for (const char* const of : {"f", "d/f"}) {
      INFO(of << " " << what << "\n" << read);
      CHECK_FALSE(has_line(read, std::string(of) + " " + what + "=ok"));
    }
  CHECK(has_line(read, "f=ok"));
  CHECK(has_line(read, "f to read=ok"));
  CHECK(has_line(read, "d make in=EACCES"));
  CHECK(has_line(read, "d read in=ok"));
  // What only leads to a grant can be held, and nothing in it read.
  CHECK(has_line(leading, "f=EACCES"));
  CHECK(has_line(leading, "d=ok"));
  CHECK(has_line(leading, "d read in=EACCES"));
  CHECK(has_line(leading, "d make in=EACCES"));
  CHECK(has_line(leading, "d/f=EACCES"));
  CHECK(has_line(denied, "f=EACCES"));
  CHECK(has_line(denied, "d/f to write=ok"));
  // Where it is allowed all of this works.
  INFO(all);
  for (const char* const what : {"to write", "truncate", "chmod", "link"})
    CHECK(has_line(all, std::string("f ") + what + "=ok"));
  CHECK(has_line(all, "d make in=ok"));
}

TEST_CASE("links of /proc that are held as paths say what the view says",
          "[e2e][view][proc][path-fds]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_with(place, "root", {"path_fds"});

  const auto inside = in_view(place, root, {"-w", "/"}, path_fds({"proc"}));

  INFO(inside.out << inside.err);
  CHECK(has_line(inside.out, "/proc/self/exe=/bin/path_fds"));
  CHECK(has_line(inside.out, "/proc/self/cwd=/"));
  CHECK(has_line(inside.out, "/proc/self/root=/"));
  for (const char* const path :
       {"/proc/self", "/proc/self/exe", "/proc/self/cwd", "/proc/self/root"}) {
    CHECK(has_line(inside.out, std::string(path) + " opened=ELOOP"));
    CHECK(has_line(inside.out, std::string(path) + " beneath=ENOTDIR"));
  }
  CHECK(has_line(inside.out, "maps=" + std::to_string(O_PATH)));
  CHECK(has_line(inside.out, "maps read=ok"));
  CHECK(has_line(inside.out, "maps written=EACCES"));
  CHECK(has_line(inside.out, "task=ok"));
  CHECK(has_line(inside.out, "above=ENOENT"));
  CHECK(inside.out.find(place.files().path()) == std::string::npos);
  // And so they do outside.
  const auto outside = bare(place, root, {"proc"});
  CHECK(has_line(outside.out, "/proc/self/exe opened=ELOOP"));
  CHECK(has_line(outside.out, "/proc/self/exe beneath=ENOTDIR"));
}

TEST_CASE("threads that open paths at once get one each, and none is left",
          "[e2e][view][path-fds]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"path_fds"});

  // Few often, and more at once than the keeper holds.
  for (const auto& kind :
       {words{"threads", "200", "8"}, words{"threads", "5", "400"}}) {
    const auto inside = in_view(place, root, {"-w", "/"}, path_fds(kind));
    INFO(inside.err);
    CHECK(inside.out == "wrong=0\nleft=0\n");
  }
}

TEST_CASE("a supervisor with few fds gives paths to any number of threads",
          "[e2e][view][path-fds][threat-33]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"path_fds"});
  auto with_few = view_command(place, root, {"-w", "/"},
                               path_fds({"threads", "5", "600"}));
  with_few.argv = words{"/bin/sh", "-c", "ulimit -Sn 300; exec \"$@\"", "sh"}
                  + with_few.argv;

  const auto inside = run(with_few);

  INFO(inside.err);
  CHECK(inside.out == "wrong=0\nleft=0\n");
}

TEST_CASE("a thread that somebody else traces gets the nearest thing to a path",
          "[e2e][view][path-fds]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"path_fds"});

  const auto inside = in_view(place, root, {"-w", "/"}, path_fds({"traced"}));

  INFO(inside.err);
  CHECK(inside.out == "directory=ok\nin it=ok\nlink=ELOOP\nchild=ok\n");
}

TEST_CASE(
    "processes that are killed while they open paths leave nothing behind",
    "[e2e][view][path-fds]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"path_fds"});

  const auto inside = in_view(place, root, {"-w", "/", "-P", "200"},
                              path_fds({"killed", "160"}));
  const auto outside = bare(place, root, {"killed", "8"});

  INFO(inside.err);
  CHECK(outside.out.starts_with("after all="));
  CHECK(inside.out == outside.out);
}

TEST_CASE("who cannot take a path by itself is told so, and nothing is left",
          "[e2e][view][path-fds]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"path_fds"});

  const auto inside = in_view(place, root, {"-w", "/"}, path_fds({"poor"}));

  INFO(inside.err);
  CHECK(inside.out == "without memory=ENOMEM\nunder a filter=ENOTTY\n");
}
