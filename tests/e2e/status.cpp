// Running sandboxes as others see them: ps, inspect, stats, kill, --audit.
#include "core/base/unique_fd.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <thread>

using namespace cordon;
using namespace cordon::test;
namespace fs = std::filesystem;

namespace {

/// Says "up", then waits for its input to end.
const words waiting{"/bin/sh", "-c", "echo up; read line; exit 5"};
/// The same, after a call that traps.
const words trapping{"/bin/sh", "-c",
                     "touch f; chmod 600 f; echo up; read line; exit 5"};

std::string directory_of(const world& place) {
  return place.runtime_directory() + "/cordon";
}

bool says(const std::string& text, const std::string& part) {
  INFO(text << "\nexpected: " << part);
  const bool found = text.find(part) != std::string::npos;
  CHECK(found);
  return found;
}

/// The same two, but that they wait for their end only.
const words staying{"/bin/sh", "-c", "echo up; sleep 1000"};
const words staying_after_traps{"/bin/sh", "-c",
                                "touch f; chmod 600 f; echo up; sleep 1000"};

/// A run that is up.
class up {
public:
  up(const world& place, const words& options, const words& program)
      : run_(place.confined(options, program)) {
    REQUIRE(run_.wait_for("up\n"));
  }
  outcome end() {
    run_.close_input();
    return run_.wait();
  }
  [[nodiscard]] running& program() {
    return run_;
  }

private:
  running run_;
};

/// What the runtime directory holds.
long entries(const world& place) {
  return std::distance(fs::directory_iterator(directory_of(place)), {});
}

/// Waits until something is so; a failure when it never is.
template <class Holds>
void eventually(Holds holds) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    REQUIRE(std::chrono::steady_clock::now() < until);
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
}

/// A connection to a run's endpoint, by path.
unique_fd connected(const std::string& path) {
  unique_fd made{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(path.size() < sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  if (::connect(made.get(), reinterpret_cast<const sockaddr*>(&address),
                sizeof address)
      != 0)
    made.reset();
  return made;
}

} // namespace

TEST_CASE("a run is listed, shown and ended by its name, whether it trapped "
          "or not",
          "[e2e][status][A-23.01][A-23.03]") {
  const world place(GENERATE(from_range(everybody())));
  const words program = GENERATE(staying, staying_after_traps);
  up box(place, {"--name", "mine", "-P", "9"}, program);

  // Who keeps the run may have learnt of its start a little later.
  eventually([&] {
    const outcome listed = run(place.cordon({"ps"}));
    return listed.out.find("mine ") != std::string::npos
           && listed.out.find("2/9") != std::string::npos;
  });
  says(run(place.cordon({"ps", "--json"})).out,
       "\"pid\":" + std::to_string(box.program().pid()) + ",");
  const outcome shown = run(place.cordon({"inspect", "mine"}));
  says(shown.out, "name: mine\n");
  says(shown.out, "--fs-write: " + place.inside() + " (read and write)");
  const outcome figures = run(place.cordon({"stats", "mine", "--json"}));
  says(figures.out, "\"process_limit\":9");
  // The same process all the time.
  says(run(place.cordon({"ps"})).out, std::to_string(box.program().pid()));

  const outcome killed = run(place.cordon({"kill", "mine"}));
  CHECK(killed.code() == 0);
  CHECK(killed.err.empty());
  const outcome ended = box.end();
  INFO(ended.err);
  CHECK(ended.code() == 128 + SIGKILL);
  CHECK(run(place.cordon({"ps"})).out == "No running sandboxes.\n");
  CHECK(entries(place) == 0);
}

TEST_CASE("a run that was looked at goes on as before", "[e2e][status]") {
  const world place(GENERATE(from_range(everybody())));
  up box(place, {}, waiting);

  const auto name = "sh-" + std::to_string(box.program().pid());
  // Without a name it is shown once it has lasted a little.
  eventually([&] {
    return run(place.cordon({"ps"})).out.find(name) != std::string::npos;
  });
  CHECK(run(place.cordon({"inspect", name})).code() == 0);
  const outcome ended = box.end();
  CHECK(ended.code() == 5);
  CHECK(ended.err.empty());
  CHECK(entries(place) == 0);
}

TEST_CASE("kill --signal reaches the program, and it alone decides",
          "[e2e][status]") {
  const world place(GENERATE(from_range(everybody())));
  up box(place, {"--name", "mine"},
         {"/bin/sh", "-c",
          "trap 'echo caught' USR1; echo up; read line; read line; exit 5"});

  CHECK(run(place.cordon({"kill", "mine", "--signal", "usr1"})).code() == 0);
  CHECK(box.program().wait_for("caught\n"));
  CHECK(box.end().code() == 5);
}

TEST_CASE("inspect --toml prints a profile that allows the same",
          "[e2e][status]") {
  const world place(GENERATE(from_range(everybody())));
  std::string text;
  {
    up box(place, {"--name", "mine", "--net-allow", ":443"}, waiting);
    text = run(place.cordon({"inspect", "--toml", "mine"})).out;
  }
  command again = place.cordon(
      {"explain", "--profile-file", "-", "write", place.inside() + "/new"});
  again.input = text;
  CHECK(run(again).code() == 0);
  again.argv
      = place.cordon({"explain", "--profile-file", "-", "read", place.secret()})
            .argv;
  CHECK(run(again).code() == 1);
}

TEST_CASE("a name that no sandbox has is status 1, a name that is none 2",
          "[e2e][status]") {
  const world place(GENERATE(from_range(everybody())));
  for (const char* const what : {"inspect", "stats", "kill"}) {
    const outcome nobody = run(place.cordon({what, "nobody"}));
    CHECK(nobody.code() == 1);
    CHECK(nobody.error_lines() == 1);
    says(nobody.err, "'nobody'");
    const outcome odd = run(place.cordon({what, "../x"}));
    CHECK(odd.code() == 2);
    CHECK(odd.error_lines() == 1);
  }
  CHECK(run(place.cordon({"ps"})).code() == 0);
}

TEST_CASE("two living runs cannot have one name", "[e2e][status]") {
  const world place(GENERATE(from_range(everybody())));
  {
    up first(place, {"--name", "mine"}, waiting);
    const outcome second
        = run(place.confined({"--name", "mine"}, {"/bin/echo"}));
    CHECK(second.code() == 2);
    CHECK(second.out.empty());
    CHECK(second.error_lines() == 1);
    says(second.err, "--name");
    says(second.err, std::to_string(first.program().pid()));
    CHECK(first.end().code() == 5);
  }
  CHECK(run(place.confined({"--name", "mine"}, {"/bin/true"})).code() == 0);
}

TEST_CASE("what a killed supervisor leaves is not listed, and is removed",
          "[e2e][status]") {
  const world place(GENERATE(from_range(everybody())));
  const bool traps = GENERATE(false, true);
  {
    const up dead(place, {"--name", "dead"}, traps ? trapping : waiting);
  } // killed
  REQUIRE(entries(place) == 1);

  SECTION("by ps") {
    CHECK(run(place.cordon({"ps"})).out == "No running sandboxes.\n");
  }
  SECTION("by kill") {
    CHECK(run(place.cordon({"kill", "dead"})).code() == 1);
  }
  SECTION("by a run of the same name") {
    CHECK(run(place.confined({"--name", "dead"}, {"/bin/true"})).code() == 0);
  }
  SECTION("by another run") {
    const up other(place, {}, waiting);
    // It is in no hurry.
    eventually([&] { return entries(place) == 1; });
    return;
  }
  CHECK(entries(place) == 0);
}

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

TEST_CASE("option --audit appends each denial with its rule and remedy",
          "[e2e][status][audit]") {
  const world place(GENERATE(from_range(everybody())));
  const auto log = place.files().directory("log", place.who()) + "/audit";
  const auto secret = place.secret();
  const words options{"--name", "mine", "--audit", log};
  const words refused{"/bin/sh", "-c", "chmod 777 \"$0\"; chmod 777 \"$0\"",
                      secret};

  CHECK(run(place.confined(options, refused)).code() != 0);
  struct stat facts {};
  REQUIRE(::stat(log.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 07777) == 0600);
  CHECK(facts.st_uid == place.who().uid);
  const auto first = read_file(log);
  CHECK(std::ranges::count(first, '\n') == 2);
  for (const std::string& part :
       {std::string("\"time\":\"2"), std::string("\"sandbox\":\"mine\""),
        std::string("\"operation\":\"chmod\""),
        std::string("\"error\":\"EACCES\""), "\"subject\":\"" + secret + "\"",
        "\"rule\":\"no write grant covers " + secret + "\"",
        "\"remedy\":\"--fs-write " + secret + "\""})
    says(first, part);

  CHECK(run(place.confined(options, refused)).code() != 0);
  CHECK(read_file(log).starts_with(first));
  CHECK(std::ranges::count(read_file(log), '\n') == 4);
}

TEST_CASE("denials are remembered for stats, and told with -v",
          "[e2e][status][audit]") {
  const world place(GENERATE(from_range(everybody())));
  up box(place, {"--name", "mine", "-v"},
         {"/bin/sh", "-c",
          "chmod 777 \"$0\" 2>/dev/null; echo up; read line; exit 5",
          place.secret()});

  const auto line = "no write grant covers " + place.secret()
                    + "; to allow it: --fs-write " + place.secret();
  // The program is answered first, the board written then.
  eventually([&] {
    return run(place.cordon({"stats", "mine"})).out.find(line)
           != std::string::npos;
  });
  const auto json = run(place.cordon({"stats", "mine", "--json"})).out;
  says(json, "\"denied\":1");
  says(json, "\"error\":\"EACCES\"");
  says(box.end().err, "mine: denied chmod (EACCES): " + line);
}

TEST_CASE("an audit file that a run could change, or that is none, is refused",
          "[e2e][status][audit]") {
  const world place(GENERATE(from_range(everybody())));
  const auto refused = [&](const std::string& file, const words& more = {}) {
    const outcome said
        = run(place.confined(words{"--audit", file} + more, {"/bin/true"}));
    CHECK(said.code() == 2);
    CHECK(said.error_lines() == 1);
    return said.err;
  };
  const auto covered = refused(place.inside() + "/audit");
  says(covered, "the audit file");
  says(covered, place.inside());
  REQUIRE(::symlink(place.secret().c_str(), (place.files() / "link").c_str())
          == 0);
  says(refused(place.files() / "link"), "--audit");
  says(refused("/dev/null"), "no regular file");
  says(refused("/no/such/place"), "--audit");
  says(refused(""), "--audit");
  says(refused(place.files().file("audit", "", place.who()),
               {"--no-supervisor"}),
       "--audit");
}

TEST_CASE("write grants over the runtime directory are refused",
          "[e2e][status][S31]") {
  const world place(GENERATE(from_range(everybody())));
  const outcome said
      = run(place.confined({"-w", place.runtime_directory()}, {"/bin/true"}));
  CHECK(said.code() == 2);
  says(said.err, "runtime directory");
}

TEST_CASE("a run without a runtime directory goes on unlisted",
          "[e2e][status]") {
  const world place(GENERATE(from_range(everybody())));
  auto what = place.confined({"-v"}, {"/bin/echo", "ran"});
  for (auto& [name, value] : what.env)
    if (name == "XDG_RUNTIME_DIR")
      value = "/no/such/place";

  const outcome said = run(what);
  CHECK(said.out == "ran\n");
  CHECK(said.code() == 0);
  says(said.err, "not listed");
  what.argv = place.cordon({"ps"}).argv;
  CHECK(run(what).out == "No running sandboxes.\n");
}
