// Programs that start others in a view.
#include "tests/e2e/view_world.hpp"
#include "tests/paths/trees.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>

using namespace cordon;
using namespace cordon::test;
namespace fs = std::filesystem;

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

namespace {

outcome storm_outside(const world& place, const std::string& root,
                      const words& arguments) {
  const auto itself = root + "/bin/exec_storm";
  auto alone = place.outside(words{itself} + arguments);
  alone.env.emplace_back("EXEC_STORM", itself);
  return run(alone);
}

} // namespace

TEST_CASE("a thread that changes path and arguments meanwhile gains nothing",
          "[e2e][view][exec]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"exec_storm"});
  const words race{"race", "1000", "/bin/false"};

  // Outside, it is a race, which somebody wins sooner or later.
  bool won = false;
  for (int round = 0; round < 50 && !won; ++round)
    won = storm_outside(place, root, race).out.find("other 1: ")
          != std::string::npos;
  CHECK(won);
  const auto inside
      = in_view(place, root, {"-w", "/"}, words{"/bin/exec_storm"} + race);
  INFO(place.who().name << inside.err);
  CHECK(inside.out == "ours: 1000\n");
}

TEST_CASE("programs start whatever happens meanwhile", "[e2e][view][exec]") {
  const world place(GENERATE(from_range(everybody())));
  const auto [arguments, expected] = GENERATE(table<words, std::string>({
      {{"parallel", "40"}, "wrong: 0\n"},
      {{"search", "100"},
       "ENOENT ENOENT EACCES ENOTDIR 3 /bin/exec_storm: 100\n"},
      {{"thread"}, "one: 9\nsixteen: 11\n"},
      {{"siblings", "100"}, "12: 100\n"},
      {{"signals", "60"}, "4: 60\n"},
      {{"nested", "100"}, "fds 0 1 2\n"},
      {{"alias"}, "[/bin/exec_storm] [x]\nended 0\n"},
      {{"traced"},
       "[/bin/exec_storm] [x]\n[/bin/exec_storm] [x]\nexecs 2 ended 0\n"},
      {{"full"}, "ended 6\n"},
      {{"killed", "200"}, "still here: 2\n"},
      {{"crowd", "400"}, "wrong: 0 in /bin\n"},
      {{"forged"},
       "greeting = ENOENT\ngreeting = ENOENT\ngreeting = ENOENT\n"
       "greeting = ENOENT\nstub without anything: ended\n"},
  }));
  const auto root = root_with(place, "root", {"exec_storm"});

  const auto inside
      = in_view(place, root, {"-w", "/"}, words{"/bin/exec_storm"} + arguments);

  INFO(place.who().name << " " << arguments[0] << "\n" << inside.err);
  CHECK(inside.out == expected);
  CHECK(inside.code() == 0);
}

TEST_CASE("programs laid out in unusual ways start, and start others",
          "[e2e][view][exec]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string source
      = "printf '#include <cstdio>\\n#include <unistd.h>\\n"
        "int main(int c, char** v) { std::printf(\"%%s %%d\\\\n\", v[0], c);"
        " std::fflush(stdout); if (c > 1) { char p[64];"
        " std::snprintf(p, 64, \"/bin/echo\"); execv(p, v + 1); } }\\n' > "
        "a.cpp; ";
  const std::string options = GENERATE(
      as<std::string>{},
      // Where the stub's name would be.
      "-static -Wl,-Ttext-segment=0x1e0000 -Wl,-z,noseparate-code "
      "-Wl,-z,max-page-size=4096 -no-pie",
      "-Wl,-z,max-page-size=0x200000", "-Wl,-z,execstack -z noseparate-code");
  INFO(options);
  same_as_outside(place, shell(source + "c++ " + options
                               + " a.cpp -o a && ./a; ./a one two"));
}

TEST_CASE("strace of programs in a view", "[e2e][view][exec]") {
  const world place(GENERATE(from_range(everybody())));
  same_as_outside(
      place,
      shell("strace -f -o trace -e trace=execve sh -c '/bin/echo a; "
            "exec /bin/echo b'; grep -c '\"/bin/echo\", ' trace"),
      "a\nb\n2\n");
}

TEST_CASE("gdb runs programs in a view, and attaches to them",
          "[e2e][view][exec]") {
  if (!std::filesystem::exists("/usr/bin/gdb"))
    return skip("gdb is not installed");
  const world place(GENERATE(from_range(everybody())));
  const std::string gdb
      = "printf '#include <stdlib.h>\\n#include <stdio.h>\\n"
        "#include <unistd.h>\\nint deep(int n) { if (n == 0) abort(); "
        "return deep(n - 1) + 1; }\\nint main(int c, char** v) { "
        "if (c == 1) { puts(\"waits\"); fflush(stdout); pause(); } "
        "return deep(3); }\\n' > a.c; cc -g -O0 a.c -o a || exit; "
        // gdb's own "/bin/sh" is a literal: docs/rootfs.md.
        // Lines with addresses and numbers of processes differ by nature.
        "debug() { SHELL=/bin/sh gdb -nx -batch -ex 'set print address off' "
        "-ex 'set confirm off' \"$@\" 2>/dev/null | "
        "grep -E '^(#|Break|Program|[$]|rbx|rdx|eflags)'; }; ";
  same_as_outside(
      place,
      shell(gdb
            + "debug -ex 'break deep if n == 1' -ex run -ex bt -ex 'print n' "
              "-ex 'print $_siginfo.si_signo' -ex continue -ex bt "
              "--args ./a 'x y' | sed 's/ __pthread_kill.*//; s/(.*kill.*//'"));
  same_as_outside(place, shell(gdb
                               + "debug -ex starti -ex 'info symbol $pc' "
                                 "-ex 'info registers rbx rdx eflags' "
                                 "--args ./a x"));
  same_as_outside(place,
                  shell(gdb
                        + "./a > out & until grep -q waits out; do :; done; "
                          "debug -p $! -ex 'up 1000' -ex 'print c' "
                          "-ex 'print v[0]' -ex 'bt -1'; kill $!"));
}

TEST_CASE("set-user-ID programs gain nothing in a view", "[e2e][view][exec]") {
  if (!ourselves().is_root())
    return skip("only root can make a program of root's");
  const world place(unprivileged());
  const auto root = root_with(place, "root", {"exec_calls", "identity"});
  for (const char* const name : {"/bin/exec_calls", "/bin/identity"}) {
    REQUIRE(::chown((root + name).c_str(), 0, 0) == 0);
    REQUIRE(::chmod((root + name).c_str(), 06755) == 0);
  }

  const auto facts
      = in_view(place, root, {"-w", "/"}, {"/bin/exec_calls", "show"});
  const auto inside = in_view(place, root, {"-w", "/"}, {"/bin/identity"});
  const auto plain = run(place.outside({programs::target("identity")}));

  CHECK(facts.out.find(" secure 0 ") != std::string::npos);
  CHECK(inside.out != "");
  const auto uid = "uid=" + std::to_string(place.who().uid) + "\n";
  CHECK(plain.out.find("effective_" + uid) != std::string::npos);
  CHECK(inside.out.find("effective_" + uid) != std::string::npos);
}

TEST_CASE("what is denied is not run, and not opened by openat2 either",
          "[e2e][view][exec]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto denied = place.inside() + "/denied";
  fs::copy_file("/bin/true", denied);
  fs::create_hard_link(denied, place.inside() + "/second");
  fs::create_symlink(denied, place.inside() + "/link");
  fs::copy_file("/bin/true", place.inside() + "/other");
  const words python{"/usr/bin/python3", "-c", R"text(
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
for name in ("denied", "second", "link", "other"):
    how = (ctypes.c_uint64 * 3)(os.O_RDONLY, 0, 0)
    fd = libc.syscall(437, -100, name.encode(), how, 24)
    said = "ok" if fd >= 0 else errno.errorcode[ctypes.get_errno()]
    run = os.spawnv(os.P_WAIT, "./" + name, [name])
    print(name, said, run)
)text"};
  const auto look = [&](const words& options) {
    return run(place.cordon(words{"run", "--chroot", "/", "-r", "/", "-w",
                                  place.inside(), "--cwd", place.inside()}
                            + options + words{"--"} + python));
  };

  const auto closed = look({"--fs-deny", denied});
  const auto open = look({});

  INFO(closed.err);
  CHECK(closed.out
        == "denied EACCES 127\nsecond EACCES 127\nlink EACCES 127\nother ok "
           "0\n");
  CHECK(open.out == "denied ok 0\nsecond ok 0\nlink ok 0\nother ok 0\n");
}

TEST_CASE("programs that were found and are not started are few",
          "[e2e][view][exec]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_with(place, "root", {"exec_pile"});
  const words limit{"-r", "/", "-P", "600"};

  const auto enough = in_view(place, root, limit, {"/bin/exec_pile", "500"});
  const auto too_many = in_view(place, root, limit, {"/bin/exec_pile", "520"});

  INFO(enough.err << too_many.err);
  CHECK(enough.out == "late=500\none more=exit-0\nafter them=exit-0\n");
  CHECK(too_many.out == "late=512\none more=EAGAIN\nafter them=exit-0\n");
}

TEST_CASE("programs with file capabilities gain nothing in a view",
          "[e2e][view][exec]") {
  if (!ourselves().is_root())
    return skip("only root can give a file capabilities");
  const world place(unprivileged());
  const auto root = root_with(place, "root", {"identity"});
  const auto file = root + "/bin/identity";
  // struct vfs_cap_data: revision 2, effective; CAP_NET_RAW.
  const std::uint32_t raw_sockets[] = {0x02000001, 1U << 13U, 0, 0, 0};
  if (::setxattr(file.c_str(), "security.capability", raw_sockets,
                 sizeof raw_sockets, 0)
      != 0)
    return skip("no file capabilities here");

  const auto inside = in_view(place, root, {"-w", "/"}, {"/bin/identity"});
  const auto outside = run(place.outside({file}));

  CHECK(outside.out.find("\neffective=2000\n") != std::string::npos);
  CHECK(inside.out.find("\neffective=0\n") != std::string::npos);
  CHECK(inside.out.find("\nsecure_start=0\n") != std::string::npos);
}

// (In rounds: a busy machine takes longer for all than `run` has patience. That
// the race can be won outside, the short count shows.)
TEST_CASE("ten thousand races of exec", "[soak]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"exec_storm"});
  for (int round = 0; round < 10; ++round) {
    const auto inside
        = in_view(place, root, {"-w", "/"},
                  {"/bin/exec_storm", "race", "1000", "/bin/false"});
    INFO(inside.err);
    CHECK(inside.out == "ours: 1000\n");
  }
}

TEST_CASE("a thousand programs started at once, eight times", "[soak]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"exec_storm"});
  for (int round = 0; round < 8; ++round) {
    const auto inside = in_view(place, root, {"-w", "/"},
                                {"/bin/exec_storm", "parallel", "125"});
    INFO(inside.err);
    CHECK(inside.out == "wrong: 0\n");
  }
}
