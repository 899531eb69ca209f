// Programs that start others in a view.
#include "tests/e2e/view_world.hpp"
#include "tests/paths/trees.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace cordon;
using namespace cordon::test;

TEST_CASE("every way to start a program does what it does in a chroot",
          "[e2e][view][exec]") {
  if (!ourselves().is_root())
    return skip("only root may chroot");
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto theirs = root_with(place, "kernel", {"exec_calls"});
  const auto ours = root_with(place, "view", {"exec_calls"});

  const auto outside = in_chroot(place, theirs, {"/bin/exec_calls"});
  const auto inside = in_view(place, ours, {"-w", "/"}, {"/bin/exec_calls"});

  INFO(outside.err << inside.err);
  REQUIRE(outside.code() == 0);
  CHECK(inside.code() == 0);
  CHECK(outside.out.find("exec level4: ") != std::string::npos);
  CHECK(differences(outside.out, inside.out) == "");
}

namespace {

/// What both do, line by line; a program outside has the same files.
void same_as_outside(const world& place, const words& program,
                     const std::string& expected = {}) {
  const auto outside = run(place.outside(program));
  const auto inside = run(place.cordon(
      words{"run", "--chroot", "/", "-r", "/", "-w", place.inside(), "-w",
            "/dev/null", "--cwd", place.inside(), "--"}
      + program));
  INFO(place.who().name << "\n" << outside.err << "\n" << inside.err);
  if (!expected.empty())
    CHECK(outside.out == expected);
  CHECK(outside.out != "");
  CHECK(inside.out == outside.out);
  CHECK(inside.code() == outside.code());
}

words shell(const std::string& text) {
  return {"/bin/bash", "-c", text};
}

} // namespace

TEST_CASE("shells, pipelines and scripts run in a view as outside",
          "[e2e][view][exec]") {
  const world place(GENERATE(from_range(everybody())));
  same_as_outside(place,
                  shell("for i in 1 2 3; do (echo sub $i | cat) | tr a-z "
                        "A-Z; done; ls -a / | sort | head -n 5; "
                        "echo $(echo nested $(echo twice))"));
  same_as_outside(place,
                  shell("set -e; printf '#!/bin/sh -u\\necho \"$0 $*\"\\n' "
                        "> s; chmod +x s; ./s a 'b c'; "
                        "printf '#!./s x\\n' > t; chmod +x t; ./t 1 2; "
                        "printf 'echo plain $1\\n' > u; chmod +x u; ./u z"));
  same_as_outside(place,
                  shell("env -i A=b env; exec -a other sh -c 'echo $0'"));
  same_as_outside(place,
                  shell("none; echo $?; /etc/passwd 2>/dev/null; echo $?; "
                        "./none; echo $?; /; echo $?"));
  same_as_outside(place,
                  shell("f() { trap 'echo trapped' USR1; kill -USR1 $$; "
                        "sleep 0; }; f; seq 3 | while read x; do echo $x; "
                        "done; wait; echo done"));
}

TEST_CASE("interpreters and compilers run in a view as outside",
          "[e2e][view][exec]") {
  const world place(GENERATE(from_range(everybody())));
  same_as_outside(
      place,
      {"/usr/bin/python3", "-c",
       "import subprocess, os, sys, ssl, threading\n"
       "print(subprocess.run(['/bin/echo', 'sub'], capture_output=True))\n"
       "print(subprocess.check_output('echo $0; pwd', shell=True))\n"
       "p = os.posix_spawnp('echo', ['echo', 'spawned'], os.environ)\n"
       "print(os.waitpid(p, 0)[1])\n"
       "ts = [threading.Thread(target=lambda: subprocess.run(['true'],"
       " check=True)) for i in range(8)]\n"
       "[t.start() for t in ts]; [t.join() for t in ts]\n"
       "os.execvp('echo', ['echo', 'last'])\n"});
  same_as_outside(place, {"/usr/bin/perl", "-e",
                          "print `echo from perl`; system('echo', 'list'); "
                          "open(P, '-|', 'seq 3') or die; print <P>;"});
  same_as_outside(
      place, shell("set -e; printf '#include <cstdio>\\nint main(int c, "
                   "char** v) { std::printf(\"%%d %%s\\\\n\", c, v[0]); }\\n' "
                   "> a.cpp; c++ a.cpp -o a; ./a x; c++ -static a.cpp -o b; "
                   "./b; c++ -static-pie a.cpp -o c; ./c y z; "
                   "c++ -no-pie a.cpp -o d; ./d; "
                   "printf 'all: one two\\n%%:\\n\\t@echo made $@\\n' > "
                   "Makefile; make -s one two"));
}

TEST_CASE(
    "programs are found in PATH and in mounts, and keep the name they are "
    "called by",
    "[e2e][view][exec]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"exec_calls"});
  const auto host = place.files().directory("host", place.who());
  std::filesystem::copy_file(programs::target("exec_calls"), host + "/mounted");
  std::filesystem::create_symlink("exec_calls", root + "/bin/applet");

  const auto found = in_view(place, root, {"-r", "/"}, {"applet", "x"});
  const auto mounted
      = in_view(place, root, {"-r", "/bin", "--fs-mount", "/d:" + host},
                {"/d/mounted", "y"});
  const auto ungranted
      = in_view(place, root, {"-r", "/d"}, {"/bin/applet", "z"});

  CHECK(found.out.find("argv [applet] [x]") != std::string::npos);
  CHECK(mounted.out.find("argv [/d/mounted] [y]") != std::string::npos);
  CHECK(ungranted.out == "");
  CHECK(ungranted.code() != 0);
}
