// Calls that the supervisor carries out.
#include "tests/support/probes.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <filesystem>

using namespace cordon;
using namespace cordon::test;

TEST_CASE("metadata changes inside and outside agree, whatever the arguments",
          "[e2e][lane]") {
  const world place(GENERATE(from_range(everybody())));
  const outcome outside = run(
      place.bare({programs::target("metadata_calls")}, place.fresh("bare")));
  const outcome inside = run(place.confined(
      {"--cwd", place.fresh("walled")}, {programs::target("metadata_calls")}));

  REQUIRE(outside.code() == 0);
  INFO(inside.err);
  CHECK(inside.code() == 0);
  CHECK(differences(outside.out, inside.out) == "");
  CHECK(inside.out.size() > 10'000);
}

TEST_CASE("what is readable only keeps its metadata, by name, fd and link",
          "[e2e][lane]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string readable
      = place.files().file("readable", "text", place.who());
  const std::string script
      = "cd " + place.inside() + "; ln -s " + readable + " link; chmod 777 "
        + readable + "; chmod 777 link; chmod 777 ../"
        + "readable; touch -d 2001-01-01 link; exec 5<" + readable
        + "; chmod 777 /proc/self/fd/5; chmod 777 /dev/fd/5; echo done";
  struct stat before {};
  REQUIRE(::stat(readable.c_str(), &before) == 0);

  const outcome result
      = run(place.confined({"-r", readable}, {"/bin/sh", "-c", script}));

  INFO(result.err);
  CHECK(result.out == "done\n");
  struct stat after {};
  REQUIRE(::stat(readable.c_str(), &after) == 0);
  CHECK(after.st_mode == before.st_mode);
  CHECK(after.st_mtime == before.st_mtime);
  // The same outside, so that the test can fail.
  CHECK(run(place.outside({"/bin/sh", "-c", script})).code() == 0);
  REQUIRE(::stat(readable.c_str(), &after) == 0);
  CHECK((after.st_mode & 0777) == 0777);
}

TEST_CASE("devices that may be written to keep their modes", "[e2e][lane]") {
  const world place(GENERATE(from_range(everybody())));

  const outcome result = run(
      place.confined({"-w", "/dev/null"}, {"/bin/chmod", "600", "/dev/null"}));

  CHECK(result.code() == 1);
  struct stat now {};
  REQUIRE(::stat("/dev/null", &now) == 0);
  CHECK((now.st_mode & 0777) == 0666);
}

TEST_CASE("sockets and FIFOs outside keep their metadata",
          "[e2e][lane][threat-17]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string outside = place.files() / "outside";
  const std::string script = "chmod 777 " + outside + "/socket; chmod 777 "
                             + outside + "/fifo; ln -s " + outside + "/socket "
                             + place.inside() + "/link; chmod 777 "
                             + place.inside() + "/link; touch -d 2001-01-01 "
                             + outside + "/socket; echo done";
  const outcome made = run(
      place.outside({"/usr/bin/python3", "-c",
                     "import os, socket; os.chdir('" + outside
                         + "'); os.umask(0o77); os.mkfifo('fifo');"
                           "socket.socket(socket.AF_UNIX).bind('socket')"}));
  REQUIRE(made.code() == 0);
  const auto facts = [&](const char* name) {
    struct stat now {};
    REQUIRE(::stat((outside + name).c_str(), &now) == 0);
    return std::pair{now.st_mode & 0777, now.st_mtime};
  };
  const auto socket = facts("/socket"), fifo = facts("/fifo");

  const outcome result
      = run(place.confined({"-r", outside}, {"/bin/sh", "-c", script}));
  CHECK(result.out == "done\n");
  CHECK(facts("/socket") == socket);
  CHECK(facts("/fifo") == fifo);
  // The same outside, so that the test can fail.
  CHECK(run(place.outside({"/bin/sh", "-c", script})).code() == 0);
  CHECK(facts("/socket") != socket);
  CHECK(facts("/fifo") != fifo);
}

TEST_CASE("a denied change is explained with -v", "[e2e][lane]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string file = place.files().file("fi\x1b le", "x", place.who());

  const outcome result
      = run(place.confined({"-v", "-r", file}, {"/bin/chmod", "777", file}));

  CHECK(result.code() == 1);
  CHECK(result.err.find("denied chmod (EACCES): no write grant covers")
        != std::string::npos);
  CHECK(result.err.find("fi\\x1b le; to allow it: --fs-write /")
        != std::string::npos);
}

TEST_CASE("the dumpable flag reads back, goes through fork, ends with exec",
          "[e2e][lane]") {
  const world place(GENERATE(from_range(everybody())));
  const words program{
      "/usr/bin/python3", "-c",
      "import ctypes, os, sys\n"
      "prctl = ctypes.CDLL(None).prctl\n"
      "get = lambda: prctl(3, 0, 0, 0, 0)\n"
      "say = lambda *what: print(*what, flush=True)\n"
      "if len(sys.argv) > 1: say('exec', get()); sys.exit()\n"
      "say('first', get(), prctl(4, 0, 0, 0, 0), get())\n"
      "say('wrong', prctl(4, 2, 0, 0, 0), prctl(4, 9, 0, 0, 0))\n"
      "if os.fork() == 0:\n"
      "  say('child', get(), prctl(4, 1, 0, 0, 0), get())\n"
      "  os._exit(0)\n"
      "os.wait()\n"
      "say('parent', get())\n"
      "os.execv(sys.executable,\n"
      "  [sys.executable, '-c', sys.orig_argv[2], 'again'])\n"};

  const outcome outside = run(place.outside(program));
  const outcome inside = run(place.confined({"-p", "python"}, program));

  INFO(inside.err);
  CHECK(outside.out.find("child 0 0 1\nparent 0\nexec 1") != std::string::npos);
  CHECK(inside.out == outside.out);
}
