// Those who plant, squat, hang about or peep where runs are shown.
#include "tests/e2e/status_world.hpp"

#include <catch2/catch.hpp>

#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <iostream>

using namespace cordon;
using namespace cordon::test;

TEST_CASE("a planted runtime directory is refused in one line; runs go on",
          "[e2e][status][planted]") {
  const world place(GENERATE(from_range(everybody())));
  const auto directory = directory_of(place);
  SECTION("that others may enter") {
    static_cast<void>(place.files().directory("runtime/cordon", place.who()));
    REQUIRE(::chmod(directory.c_str(), 0777) == 0);
  }
  SECTION("that is a link") {
    const auto real = place.files().directory("real", place.who());
    REQUIRE(::symlink(real.c_str(), directory.c_str()) == 0);
  }
  SECTION("that is a file") {
    static_cast<void>(place.files().file("runtime/cordon", "x", place.who()));
  }
  SECTION("that another user owns") {
    if (!ourselves().is_root()) {
      std::cout << "SKIPPED: only root can give a directory away\n";
      return;
    }
    static_cast<void>(place.files().directory("runtime/cordon", {"x", 77, 77}));
    REQUIRE(::chmod(directory.c_str(), 0700) == 0);
  }

  const outcome listed = run(place.cordon({"ps"}));
  CHECK(listed.code() == 125);
  CHECK(listed.error_lines() == 1);
  says(listed.err, directory);
  const outcome killed = run(place.cordon({"kill", "x"}));
  CHECK(killed.code() == 125);
  const outcome ran = run(place.confined({}, {"/bin/echo", "ran"}));
  CHECK(ran.out == "ran\n");
  CHECK(ran.code() == 0);
  CHECK(ran.error_lines() == 1);
  says(ran.err, directory);
}

TEST_CASE("planted boards are refused, and their processes left alone",
          "[e2e][status][planted]") {
  const world place(GENERATE(from_range(everybody())));
  up box(place, {"--name", "mine"}, waiting);
  const auto board = directory_of(place) + "/mine/board";
  REQUIRE(::rename(board.c_str(), (board + ".real").c_str()) == 0);
  SECTION("too short") {
    static_cast<void>(
        place.files().file("runtime/cordon/mine/board", "1\n", place.who()));
  }
  SECTION("garbage of the right size") {
    static_cast<void>(place.files().file(
        "runtime/cordon/mine/board", std::string(43'648, '\xFF'), place.who()));
  }
  SECTION("a link to another file") {
    REQUIRE(::symlink("/etc/passwd", board.c_str()) == 0);
  }
  SECTION("a FIFO") {
    REQUIRE(::mkfifo(board.c_str(), 0600) == 0);
  }
  SECTION("none") {
  }

  for (const words& ask :
       {words{"ps"}, words{"stats", "mine"}, words{"inspect", "mine"}}) {
    const outcome said = run(place.cordon(ask));
    CHECK(said.code() == 125);
    CHECK(said.error_lines() == 1);
    says(said.err, "board");
  }
  // What is left behind is taken away with the rest, or by the next ps.
  CHECK(box.end().code() == 5);
}

TEST_CASE("silent clients delay nobody", "[e2e][status]") {
  const world place(GENERATE(from_range(everybody())));
  const bool traps = GENERATE(false, true);
  up box(place, {"--name", "mine"}, traps ? trapping : waiting);
  // By root on another's behalf too: root may.
  std::vector<unique_fd> silent;
  for (int i = 0; i < 40; ++i) {
    silent.push_back(connected(directory_of(place) + "/mine/control"));
    REQUIRE(silent.back());
  }

  CHECK(run(place.cordon({"inspect", "mine"})).code() == 0);
  const std::string junk(3000, 'x');
  static_cast<void>(
      ::send(silent.back().get(), junk.data(), junk.size(), MSG_NOSIGNAL));
  CHECK(run(place.cordon({"inspect", "mine"})).code() == 0);
  CHECK(box.end().code() == 5);
}

TEST_CASE("another user is refused at the endpoint, could they reach it",
          "[e2e][status]") {
  if (!ourselves().is_root()) {
    std::cout << "SKIPPED: only root can be two users\n";
    return;
  }
  const world place(GENERATE(from_range(everybody())));
  up box(place, {"--name", "mine"}, staying);
  const auto directory = directory_of(place);
  for (const auto& path :
       {place.runtime_directory(), directory, directory + "/mine"})
    REQUIRE(::chmod(path.c_str(), 0755) == 0);
  REQUIRE(::chmod((directory + "/mine/control").c_str(), 0777) == 0);

  // 'ask' as another user, by hand: cordon itself would look elsewhere.
  const std::string asker
      = "import socket,struct,sys\n"
        "s=socket.socket(socket.AF_UNIX,socket.SOCK_SEQPACKET)\n"
        "s.settimeout(30)\n"
        "s.connect(sys.argv[1])\n"
        "try:\n"
        "  s.send(struct.pack('IIiI',1,3,0,0))\n"
        "  print('heard' if s.recv(100) else 'nothing')\n"
        "except OSError as e: print('nothing')\n";
  command by_other;
  by_other.argv
      = {"/usr/bin/python3", "-c", asker, directory + "/mine/control"};
  by_other.as = {"other", 4242, 4242};
  CHECK(run(by_other).out == "nothing\n");
  by_other.as = place.who();
  CHECK(run(by_other).out == "heard\n");
  CHECK(box.end().code() == 128 + SIGKILL);
}

TEST_CASE("a program cannot reach its own endpoint or board",
          "[e2e][status][S31]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string reach
      = "import socket,sys,os\n"
        "def attempt(what):\n"
        "  try: what(); return 'yes'\n"
        "  except OSError as e: return 'no'\n"
        "d=sys.argv[1]\n"
        "s=lambda: socket.socket(socket.AF_UNIX,socket.SOCK_SEQPACKET)\n"
        "print(attempt(lambda: s().connect(d+'/control')),\n"
        "      attempt(lambda: open(d+'/board','r+b')),\n"
        "      attempt(lambda: os.unlink(d+'/board')))\n";
  const auto directory = directory_of(place) + "/mine";
  {
    up other(place, {"--name", "mine"}, waiting);
    const words try_it{"/usr/bin/python3", "-c", reach, directory};
    CHECK(run(place.confined({"-p", "python"}, try_it)).out == "no no no\n");
    CHECK(run(place.outside(try_it)).out == "yes yes yes\n");
    CHECK(other.end().code() == 5);
  }
}

TEST_CASE("write grants over the runtime directory are refused",
          "[e2e][status][S31]") {
  const world place(GENERATE(from_range(everybody())));
  const outcome said
      = run(place.confined({"-w", place.runtime_directory()}, {"/bin/true"}));
  CHECK(said.code() == 2);
  says(said.err, "runtime directory");
}
