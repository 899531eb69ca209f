// What of /proc may be seen in a view, and what programs make of it.
#include "tests/e2e/view_looks.hpp"
#include "tests/support/outside.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace cordon;
using namespace cordon::test;

TEST_CASE("ordinary programs find in /proc what they look for",
          "[e2e][view][proc]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const victim other{place.who()};
  const auto shell = [&](const std::string& script) {
    const auto made = place.cordon(
        {"run", "--fs-deny", place.secret(), "-r", "/", "-w", place.inside(),
         "-w", "/dev/null", "--cwd", place.inside(), "--name", "box", "--",
         "/bin/sh", "-c", script});
    const auto said = run(made);
    INFO(script << "\n" << said.err);
    CHECK(said.code() == 0);
    return said.out;
  };
  const auto real = [](const char* path) {
    return std::filesystem::canonical(path).string();
  };

  CHECK(shell("readlink /proc/self/exe") == real("/usr/bin/readlink") + "\n");
  CHECK(shell("readlink /proc/$$/exe") == real("/bin/sh") + "\n");
  CHECK(shell("/proc/self/exe -c 'echo $0' 2>&1") == "/proc/self/exe\n");
  CHECK(shell("printf text | cat /dev/stdin") == "text");
  CHECK(shell("{ echo x | tee /dev/stderr; } 2>&1 | cat /dev/fd/0")
        == "x\nx\n");
  CHECK(shell("{ echo x > /dev/stdout; } | cat") == "x\n");
  // What can only be written to cannot be read from by opening it again.
  CHECK(shell("{ echo theirs; cat < /proc/self/fd/1; } 2>/dev/null | "
              "{ sleep 0.1; cat; }")
        == "theirs\n");
  CHECK(shell("{ cat < /proc/self/fd/1; } 2>&1 | grep -c 'ermission denied'")
        == "1\n");
  CHECK(shell("hostname; uname -n; cat /etc/hostname") == "box\nbox\nbox\n");
  CHECK(shell("cp /proc/self/maps copy && grep -c /cp copy >/dev/null; echo $?")
        == "0\n");
  CHECK(shell("cp /etc/hosts copied && cat copied | head -1")
        == "127.0.0.1 localhost\n");
  CHECK(shell("readlink /proc/self/cwd") == place.inside() + "\n");
  CHECK(shell("cat /proc/self/comm /proc/$$/comm") == "cat\nsh\n");
  CHECK(shell("cd /proc/self/task && cd $(ls) && cat comm") == "sh\n");
  CHECK(
      shell("ls /proc/" + std::to_string(other.pid()) + " 2>/dev/null; echo $?")
      == "2\n");
  // The shell, and nobody else.
  CHECK(shell("cd /proc; set -- [0-9]*; test \"$*\" = $$; echo $?") == "0\n");
  CHECK(shell("df / | tail -1 | grep -c ' /$'") == "1\n");
}

TEST_CASE("grants and denials reach into /proc, as into any place",
          "[e2e][view][proc]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_to_look_at(place);
  const words asked{"open",
                    "/proc/version",
                    "/proc/self/status",
                    "/proc/self/maps",
                    "/proc/self/environ",
                    "/proc"};

  const auto none = look(place, root, {"-r", "/bin"}, asked);
  const auto own = look(place, root, {"-r", "/bin", "-r", "/proc/self"}, asked);
  const auto less = look(place, root,
                         {"-r", "/", "--fs-deny", "/proc/self/environ"}, asked);
  const auto closed
      = look(place, root, {"-r", "/", "--fs-deny", "/proc"}, asked);

  INFO(none.err << own.err << less.err << closed.err);
  CHECK(none.out
        == "/proc/version=EACCES\n/proc/self/status=EACCES\n"
           "/proc/self/maps=EACCES\n/proc/self/environ=EACCES\n/proc=EACCES\n");
  CHECK(own.out
        == "/proc/version=EACCES\n/proc/self/status=ok\n"
           "/proc/self/maps=ok\n/proc/self/environ=ok\n/proc=ok\n");
  CHECK(less.out
        == "/proc/version=ok\n/proc/self/status=ok\n/proc/self/maps=ok\n"
           "/proc/self/environ=EACCES\n/proc=ok\n");
  CHECK_FALSE(holds(closed.out, "=ok"));
}

TEST_CASE("explain tells what a view makes of /proc", "[e2e][view][proc]") {
  const world place(unprivileged());
  const auto root = root_to_look_at(place);
  const auto explain = [&](const words& options, const words& question) {
    return run(
        place.cordon(words{"explain", "--chroot", root} + options + question));
  };

  const auto shown = explain({"-r", "/"}, {"read", "/proc/self/status"});
  const auto closed = explain({"-r", "/"}, {"read", "/proc/kcore"});
  const auto ungranted = explain({"-r", "/bin"}, {"read", "/proc/version"});

  CHECK(shown.code() == 0);
  CHECK(closed.out
        == "denied (EACCES): /proc/kcore is not one of the files of /proc that "
           "a view shows\nno option allows it\n");
  CHECK(holds(ungranted.out, "to allow it: --fs-read /proc/version"));
}
