// Programs that want their supervisor to fail: by memory that changes, by dying
// in the middle, by numbers, by leaving nobody to answer.
#include "tests/support/probes.hpp"
#include "tests/support/survivors.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>
#include <tuple>

using namespace cordon::test;

namespace {

const words limit{"-P", "100"};

words hostile(const world& place, const char* trick) {
  return {programs::target("hostile_calls"), trick, place.inside()};
}

/// What a change of metadata would leave in a file.
std::string metadata_of(const std::string& path) {
  struct stat facts {};
  REQUIRE(::stat(path.c_str(), &facts) == 0);
  return std::to_string(facts.st_mode) + " "
         + std::to_string(facts.st_mtim.tv_sec) + " "
         + std::to_string(facts.st_ctim.tv_sec) + "."
         + std::to_string(facts.st_ctim.tv_nsec);
}

/// The child of `pid` that runs `program`; 0: none.
pid_t child_running(pid_t pid, const std::string& program) {
  std::ifstream list("/proc/" + std::to_string(pid) + "/task/"
                     + std::to_string(pid) + "/children");
  std::error_code ignored;
  for (pid_t child = 0; list >> child;)
    if (std::filesystem::read_symlink("/proc/" + std::to_string(child) + "/exe",
                                      ignored)
        == program)
      return child;
  return 0;
}

std::size_t open_files_of(pid_t pid) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(
           "/proc/" + std::to_string(pid) + "/fd"))
    ++count;
  return count;
}

} // namespace

TEST_CASE(
    "a path that is swapped on its way reaches nothing but what is granted",
    "[e2e][lane][threat-1][threat-2]") {
  const world place(GENERATE(from_range(everybody())));
  const char* const trick = GENERATE("flip", "share");
  // Both names have one length and differ in one byte.
  const std::string granted = place.files().directory("granted/a", place.who());
  place.files().directory("granted/b", place.who());
  const std::string other
      = place.files().file("granted/b/file", "text", place.who());
  const words program{programs::target("hostile_calls"), trick, granted, other};
  const std::string before = metadata_of(other);

  const outcome inside = run(place.confined(
      {"-r", place.files() / "granted", "-w", granted}, program));
  INFO(inside.err);
  CHECK(inside.code() == 0);
  // Else it was never swapped in time.
  CHECK(inside.out == "both=seen\n");
  CHECK(metadata_of(other) == before);
  CHECK(run(place.outside(program)).code() == 0);
  CHECK(metadata_of(other) != before);
}

TEST_CASE("arguments in memory of every kind are read as the kernel reads them",
          "[e2e][lane][abuse-38][threat-3]") {
  const world place(GENERATE(from_range(everybody())));

  answers outside = answers_of(place.outside(hostile(place, "memory")));
  answers inside = answers_of(place.confined(limit, hostile(place, "memory")));

  // Nobody but the program itself can read memfd_secret(2) memory.
  CHECK(is_one_of(inside.at("chmod_secret"), "EFAULT|not-here"));
  outside.erase("chmod_secret");
  inside.erase("chmod_secret");
  CHECK(inside == outside);
  CHECK(inside.at("chmod_to_the_edge") == "ok");
  CHECK(inside.at("chmod_over_the_edge") == "EFAULT");
  CHECK(inside.at("chmod_too_long") == "ENAMETOOLONG");
  CHECK(inside.size() > 70);
}

TEST_CASE("memory that comes and goes makes a call fail, or not, as outside",
          "[e2e][lane][abuse-38][threat-3]") {
  const world place(GENERATE(from_range(everybody())));

  CHECK(answers_of(place.outside(hostile(place, "unmap"))).at("odd") == "none");
  CHECK(answers_of(place.confined(limit, hostile(place, "unmap"))).at("odd")
        == "none");
}

TEST_CASE("a program without a free descriptor changes metadata as outside",
          "[e2e][lane][abuse-35]") {
  const world place(GENERATE(from_range(everybody())));

  const answers outside = answers_of(place.outside(hostile(place, "full")));
  const answers inside
      = answers_of(place.confined(limit, hostile(place, "full")));

  CHECK(outside
        == answers{{"open", "EMFILE"},
                   {"socket", "EMFILE"},
                   {"chmod", "ok"},
                   {"mode", "388"},
                   {"fchmod", "EBADF"},
                   {"exec", "0"}});
  CHECK(inside == outside);
}

TEST_CASE("callers that exec, end or are killed in a call harm no other call",
          "[e2e][lane][abuse-34][abuse-36][threat-4]") {
  const world place(GENERATE(from_range(everybody())));

  CHECK(answers_of(place.confined(limit, hostile(place, "exec"))).at("ended")
        == "all");
  CHECK(answers_of(place.confined(limit, hostile(place, "threads"))).at("wrong")
        == "0");
  CHECK(answers_of(place.confined(limit, hostile(place, "killed"))).at("after")
        == "ok");
}

TEST_CASE("64 threads that call at once all get their own answers",
          "[e2e][lane][threat-33]") {
  const world place(GENERATE(from_range(everybody())));

  CHECK(answers_of(place.confined(limit, hostile(place, "crowd"))).at("failed")
        == "0");
}

TEST_CASE("whatever calls come, the supervisor keeps no descriptor",
          "[e2e][lane][threat-33]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string program = programs::target("hostile_calls") + " ";
  const std::string in = " " + place.inside() + " >/dev/null; ";
  running one(place.confined(
      limit, {"/bin/sh", "-c",
              program + "memory" + in + "echo first; read a; " + program
                  + "memory" + in + program + "killed" + in + program + "exec"
                  + in + program + "unmap" + in + "echo second; read a"}));
  REQUIRE(one.wait_for("first"));
  const auto before = open_files_of(one.pid());
  one.send("\n");
  REQUIRE(one.wait_for("second"));

  CHECK(open_files_of(one.pid()) == before);
  one.send("\n");
  CHECK(one.wait().code() == 0);
}

TEST_CASE("a stopped supervisor delays calls, and makes none fail",
          "[e2e][lane][threat-28]") {
  const world place(GENERATE(from_range(everybody())));
  running one(place.confined(
      limit, {"/bin/sh", "-c",
              "cd " + place.inside()
                  + "; : > f; echo ready; i=0; while [ $i -lt 500 ]; do chmod "
                    "640 f || exit 1; i=$((i+1)); done; echo on"}));
  REQUIRE(one.wait_for("ready"));
  for (int i = 0; i < 20; ++i) {
    ::kill(one.pid(), SIGSTOP);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    ::kill(one.pid(), SIGCONT);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }

  const outcome result = one.wait();

  INFO(result.err);
  CHECK(result.code() == 0);
  CHECK(result.out == "ready\non\n");
}

TEST_CASE(
    "with nobody left to answer, no call succeeds, nor can one be answered",
    "[e2e][lane][abuse-31][threat-3]") {
  const world place(GENERATE(from_range(everybody())));
  const canary mark;
  const std::string report = place.inside() + "/report";
  const std::string program = programs::target("hostile_calls");
  command made = place.confined(
      {"-P", "9"}, {"/bin/sh", "-c",
                    "exec 3>" + report + "; " + program + " orphan "
                        + place.inside() + " " + place.secret()
                        + " | while read line; do echo $line; echo $line "
                          ">&3; done"});
  made.env.push_back(mark.variable());
  running one(made);
  REQUIRE(one.wait_for("ready"));
  const pid_t keeper = child_running(one.pid(), programs::keeper());
  REQUIRE(keeper != 0);

  // Stopped first, so that neither sees the other's end.
  for (const int signal : {SIGSTOP, SIGKILL})
    for (const pid_t pid : {keeper, one.pid()})
      ::kill(pid, signal);
  std::ignore = one.wait();
  place.files().file("inside/go", "", place.who());
  std::string text;
  for (int i = 0; i < 600 && !mark.alive().empty()
                  && text.find("read_other") == std::string::npos;
       ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    text = read_file(report);
  }

  mark.sweep();
  if (text.find("read_other") == std::string::npos)
    return; // nothing was left: better still
  const answers said = parse_answers(text);
  CHECK(said.at("before") == "ok");
  CHECK(said.at("chmod") == "ENOSYS");
  CHECK(said.at("mode") == "388"); // as it was before: 0604
  CHECK(said.at("fork") == "ENOSYS");
  CHECK(said.at("listener") == "EBUSY");
  CHECK(said.at("read_other") == "EACCES");
}
