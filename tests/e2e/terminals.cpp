// Programs on a terminal: keys, job control, and nothing typed by a program.
#include "tests/support/probes.hpp"
#include "tests/support/terminal.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <signal.h>

#include <iostream>

using namespace cordon::test;
using enum shown;

namespace {

/// A command line for a shell.
std::string quoted(const command& what) {
  std::string line;
  for (const std::string& word : what.argv)
    line += "'" + word + "' ";
  return line;
}

command terminal_program(const world& place, const std::string& mode,
                         const words& options = {}) {
  return place.confined(options, {programs::target("terminal_program"), mode});
}

/// A shell without job control that runs `made`, says how it ended, and then
/// wants a line: it gets it only while its group has the terminal.
command then_read(const world& place, const command& made) {
  return place.outside(
      {"/bin/sh", "-c",
       quoted(made) + "; echo status=$?; read line; echo got=$line."});
}

bool same_modes(const termios& one, const termios& other) {
  return one.c_iflag == other.c_iflag && one.c_oflag == other.c_oflag
         && one.c_cflag == other.c_cflag && one.c_lflag == other.c_lflag;
}

} // namespace

TEST_CASE("^C interrupts the program, whose status is passed on",
          "[e2e][terminal]") {
  const world place(GENERATE(from_range(everybody())));
  const words options = GENERATE(words{}, words{"--no-supervisor"});
  terminal screen(terminal_program(place, "keys", options));

  REQUIRE(screen.wait_for("ready"));
  screen.type("\x03");

  CHECK(screen.wait_for("interrupted"));
  CHECK(screen.wait() == 3);
}

TEST_CASE("^C ends a program that does not handle it, with 130",
          "[e2e][terminal]") {
  const world place(GENERATE(from_range(everybody())));
  terminal screen(
      place.confined({}, {"/bin/sh", "-c", "echo ready; exec sleep 1000"}));

  REQUIRE(screen.wait_for("ready"));
  screen.type("\x03");

  CHECK(screen.wait() == 130);
}

TEST_CASE("the program leads the foreground group of its session",
          "[e2e][terminal][A-03.26]") {
  const world place(GENERATE(from_range(everybody())));
  terminal screen(terminal_program(place, "group"));

  CHECK(screen.wait_for("foreground=yes"));
  CHECK(screen.wait_for("leader=yes"));
  CHECK(screen.wait_for("session_of_parent=yes"));
  CHECK(screen.wait() == 0);
}

TEST_CASE("the foreground comes back after exit, and after a kill",
          "[e2e][terminal][A-03.26]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string script
      = GENERATE("exit 5", "kill -KILL $$", "kill -TERM $$");
  const std::string status = script == "exit 5"          ? "5"
                             : script == "kill -KILL $$" ? "137"
                                                         : "143";
  terminal screen(
      then_read(place, place.confined({}, {"/bin/sh", "-c", script})));

  REQUIRE(screen.wait_for("status=" + status));
  CHECK(screen.foreground() == screen.pid());
  screen.type("word\n");

  CHECK(screen.wait_for("got=word."));
  CHECK(screen.wait() == 0);
}

TEST_CASE("the foreground comes back when the supervisor is killed",
          "[e2e][terminal]") {
  const world place(GENERATE(from_range(everybody())));
  command made = terminal_program(place, "keys");
  terminal screen(place.outside(
      {"/bin/sh", "-c",
       "trap '' INT; " + quoted(made)
           + "& wait $!; echo status=$?; read line; echo got=$line."}));
  // In the background the program may not take the terminal; the group that
  // has it must not change either.
  REQUIRE(screen.wait_for("ready"));

  const outcome children = run(place.outside(
      {"/usr/bin/pkill", "-KILL", "-P", std::to_string(screen.pid())}));
  CHECK(children.code() == 0);

  REQUIRE(screen.wait_for("status=137"));
  screen.type("word\n");
  CHECK(screen.wait_for("got=word."));
  CHECK(screen.wait() == 0);
}

TEST_CASE("terminal modes come back after a program in raw mode is killed",
          "[e2e][terminal]") {
  const world place(GENERATE(from_range(everybody())));
  terminal screen(
      then_read(place, terminal_program(place, "raw", {"--timeout", "1"})));
  const termios before = screen.modes();

  REQUIRE(screen.wait_for("ready"));
  CHECK_FALSE(same_modes(screen.modes(), before));
  REQUIRE(screen.wait_for("status=124"));

  CHECK(same_modes(screen.modes(), before));
  screen.type("word\n");
  CHECK(screen.wait_for("got=word."));
  CHECK(screen.wait() == 0);
}

TEST_CASE("modes that a program sets and leaves on purpose stay",
          "[e2e][terminal]") {
  const world place(GENERATE(from_range(everybody())));
  const outcome exists = run(place.outside({"which", "stty"}));
  REQUIRE(exists.code() == 0);
  terminal screen(then_read(place, place.confined({}, {"stty", "-echo"})));

  REQUIRE(screen.wait_for("status=0"));

  CHECK((screen.modes().c_lflag & ECHO) == 0);
  screen.type("word\n");
  CHECK(screen.wait_for("got=word."));
}

TEST_CASE("the window's size, and its changes, arrive", "[e2e][terminal]") {
  const world place(GENERATE(from_range(everybody())));
  terminal screen(terminal_program(place, "size"));

  REQUIRE(screen.wait_for("size=24x80"));
  screen.resize(50, 132);
  CHECK(screen.wait_for("size=50x132"));
  screen.resize(10, 20);
  CHECK(screen.wait_for("size=10x20"));
  screen.type("\x03");
  CHECK(screen.wait() == 130);
}

TEST_CASE("^Z stops the run, fg continues it", "[e2e][terminal]") {
  const world place(GENERATE(from_range(everybody())));
  const words options = GENERATE(words{}, words{"--no-supervisor"});
  command shell = place.outside({"/bin/bash", "--norc", "--noprofile", "-i"});
  shell.env.emplace_back("PS1", "prompt:");
  shell.env.emplace_back("TERM", "dumb");
  terminal screen(shell);
  REQUIRE(screen.wait_for("prompt:"));

  screen.type(quoted(terminal_program(place, "lines", options)) + "\n");
  REQUIRE(screen.wait_for("ready"));
  for (int round = 0; round < 2; ++round) {
    screen.type("\x1a");
    REQUIRE(screen.wait_for("Stopped"));
    REQUIRE(screen.wait_for("prompt:"));
    screen.type("echo $((40+2))\n");
    REQUIRE(screen.wait_for("42"));
    screen.type("fg\n");
    screen.type("hello\n");
    REQUIRE(screen.wait_for("line=hello"));
  }
  screen.type("quit\n");
  REQUIRE(screen.wait_for("line=quit"));
  REQUIRE(screen.wait_for("prompt:"));
  screen.type("echo status=$?; exit 0\n");
  CHECK(screen.wait_for("status=0"));
  CHECK(screen.wait() == 0);
}

TEST_CASE("a run in the background does not take the terminal",
          "[e2e][terminal][A-03.25]") {
  const world place(GENERATE(from_range(everybody())));
  command shell = place.outside({"/bin/bash", "--norc", "--noprofile", "-i"});
  shell.env.emplace_back("PS1", "prompt:");
  shell.env.emplace_back("TERM", "dumb");
  terminal screen(shell);
  REQUIRE(screen.wait_for("prompt:"));

  screen.type(quoted(terminal_program(place, "group")) + " &\n");
  REQUIRE(screen.wait_for("foreground=no"));
  screen.type("echo here=$((1+1))\n");

  CHECK(screen.wait_for("here=2"));
  screen.type("wait; exit 0\n");
  CHECK(screen.wait() == 0);
}

TEST_CASE("no program types on the terminal it was started from",
          "[e2e][terminal][abuse-47][threat-9]") {
  const world place(GENERATE(from_range(everybody())));
  const words program{programs::target("terminal_input")};

  // Inside first: what is typed outside would stay unread.
  terminal held(place.confined({"-r", "/proc", "-w", "/dev/tty"},
                               program + words{"confined=1"}));
  CHECK(held.wait() == 0);
  CHECK(held.unread() == 0);
  terminal free(place.outside(program));
  CHECK(free.wait() == 0);

  std::vector<std::string> names;
  std::vector<probe_row> rows;
  for (const char* way : {"inherited", "duplicate", "dev_tty", "proc_fd"})
    for (const char* call : {"sti", "sti_wide", "linux", "linux_wide", "setd"})
      names.push_back(std::string(way) + "_" + call);
  for (const std::string& name : names) {
    // /dev/pts is not granted, so a new descriptor cannot be had by /proc.
    const char* refused = name.starts_with("proc_fd") ? "EPERM|EBADF" : "EPERM";
    if (name.ends_with("setd"))
      rows.push_back({name.c_str(), "ok", refused, here});
    else if (name.find("_sti") != std::string::npos)
      rows.push_back({name.c_str(), "ok", refused, to_root});
    else
      // Only virtual consoles know it: ENOTTY here.
      rows.push_back({name.c_str(), "ENOTTY|EINVAL|ok", refused, here});
  }
  rows.push_back({"inherited_cons", "(no answer)", "EPERM", nowhere});
  rows.push_back({"get_modes", "ok", "ok", nowhere});
  rows.push_back({"set_modes", "ok", "ok", nowhere});
  rows.push_back({"get_size", "ok", "ok", nowhere});
  const int proofs = compare(rows, place.who(), parse_answers(free.screen()),
                             parse_answers(held.screen()));
  CHECK(proofs >= 8);
  if (parse_answers(free.screen()).at("inherited_sti") == "ok")
    CHECK(free.unread() > 0);
}
