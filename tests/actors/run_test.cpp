// cordon::run and cordon::start against real programs.
#include "actors/run.hpp"
#include "tests/support/embedding.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

using namespace cordon;
using cordon::test::base_profile;
using cordon::test::lacks_landlock;
using cordon::test::request_of;
using how = process::ending::how;

namespace {

run_result done(run_request request) {
  auto result = cordon::run(std::move(request));
  if (!result)
    FAIL(result.error().line());
  return std::move(*result);
}

run_request script(const std::string& text,
                   const policy::profile_builder& builder = base_profile()) {
  return test::captured({"sh", "-c", text}, builder);
}

/// A field of this very thread's status.
std::string own_status(const std::string& field) {
  std::ifstream status("/proc/thread-self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(field))
      return line;
  return {};
}

} // namespace

TEST_CASE("run returns how the program ended and what it said", "[run]") {
  if (lacks_landlock())
    return;

  const auto result = done(script("echo out; echo err >&2; exit 3"));

  CHECK(result.ending.kind == how::exited);
  CHECK(result.ending.status == 3);
  CHECK(result.out.bytes == "out\n");
  CHECK(result.err.bytes == "err\n");
  CHECK(result.denials.empty());
}

TEST_CASE("programs in a view of a service's run start others", "[run]") {
  if (lacks_landlock())
    return;
  const auto builder
      = policy::profile_builder{}.chroot("/").read("/").write("/dev/null");

  const auto result = done(script(
      "echo $(env echo nested | cat) $0; /none 2>/dev/null; exit $?", builder));

  CHECK(result.out.bytes == "nested sh\n");
  CHECK(result.ending.status == 127);
}

TEST_CASE("run without a trapped call and with many agree", "[run]") {
  if (lacks_landlock())
    return;
  // With the group opened nothing is trapped, and there are no actors at all.
  const auto open = base_profile().allow_group("metadata");
  const auto limited = base_profile().max_processes(20);

  for (const auto& builder : {open, base_profile(), limited})
    CHECK(done(script("for i in 1 2 3; do echo $(echo $i); done", builder))
              .out.bytes
          == "1\n2\n3\n");
}

TEST_CASE("a captured stream is cut at its limit, and the program never waits",
          "[run]") {
  if (lacks_landlock())
    return;
  auto wanted = script("head -c 3000000 /dev/zero; echo err >&2; exit 4",
                       base_profile().read("/dev/zero"));
  wanted.capture_limit = 1000;

  const auto result = done(std::move(wanted));

  CHECK(result.ending.status == 4);
  CHECK(result.out.bytes.size() == 1000);
  CHECK(result.out.dropped == 2'999'000);
  CHECK(result.err.bytes == "err\n");
  CHECK(result.err.dropped == 0);
}

TEST_CASE("what background processes wrote before the end is captured",
          "[run]") {
  if (lacks_landlock())
    return;

  const auto result
      = done(script("trap 'exit 0' USR1; (echo late; kill -USR1 $$; "
                    "exec sleep 1000) & wait",
                    base_profile().write("/dev/null")));

  INFO(result.err.bytes);
  CHECK(result.out.bytes == "late\n");
  CHECK(result.ending.status == 0);
}

TEST_CASE("a null stream is empty to read and swallows what is written",
          "[run]") {
  if (lacks_landlock())
    return;
  auto wanted = script("cat; echo gone >&2; echo here");
  wanted.in = wanted.err = stream::null;

  const auto result = done(std::move(wanted));

  CHECK(result.out.bytes == "here\n");
  CHECK(result.err.bytes.empty());
}

TEST_CASE("a program reads and writes its caller through pipes", "[run]") {
  if (lacks_landlock())
    return;
  auto wanted = request_of({"tr", "a-z", "A-Z"});
  wanted.in = wanted.out = stream::pipe;
  auto handle = cordon::start(std::move(wanted));
  REQUIRE(handle);
  auto ends = handle->take_pipes();

  REQUIRE(::write(ends.in.get(), "some words", 10) == 10);
  ends.in.reset();
  char answer[16] = {};
  // The writing ends are the program's alone, so its exit is the end of file.
  REQUIRE(::read(ends.out.get(), answer, sizeof answer) == 10);
  CHECK(std::string(answer) == "SOME WORDS");
  CHECK(::read(ends.out.get(), answer, sizeof answer) == 0);
  const auto result = handle->wait();
  REQUIRE(result);
  CHECK(result->ending.status == 0);
  CHECK_FALSE(handle->wait());
}

TEST_CASE("only what is granted arrives, under its number", "[run]") {
  if (lacks_landlock())
    return;
  int ends[2];
  REQUIRE(::pipe2(ends, 0) == 0); // without close-on-exec, as others may do
  const unique_fd read_end{ends[0]}, write_end{ends[1]};
  auto wanted = script("echo granted >&7; ls /proc/self/fd",
                       base_profile().read("/proc"));
  wanted.fds = {{write_end.get(), 7}};
  wanted.in = stream::null;

  const auto result = done(std::move(wanted));

  // 3 is the directory that `ls` itself opens.
  CHECK(result.out.bytes == "0\n1\n2\n3\n7\n");
  char said[16] = {};
  REQUIRE(::read(read_end.get(), said, sizeof said) == 8);
  CHECK(std::string(said) == "granted\n");
}

TEST_CASE("a granted fd can take the place of a stream", "[run]") {
  if (lacks_landlock())
    return;
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const unique_fd read_end{ends[0]}, write_end{ends[1]};
  auto wanted = request_of({"echo", "hello"});
  wanted.fds = {{write_end.get(), 1}};

  const auto over = done(std::move(wanted));

  CHECK(over.ending.status == 0);
  char said[16] = {};
  REQUIRE(::read(read_end.get(), said, sizeof said) == 6);
  CHECK(std::string(said) == "hello\n");
}

TEST_CASE("streams and fds that make no sense are refused", "[run]") {
  if (lacks_landlock())
    return;
  auto captured_in = request_of({"true"});
  captured_in.in = stream::capture;
  auto pipe = request_of({"true"});
  pipe.out = stream::pipe;
  auto twice = request_of({"true"});
  twice.fds = {{0, 5}, {1, 5}};
  auto over_capture = test::captured({"true"});
  over_capture.fds = {{0, 1}};
  auto below = request_of({"true"});
  below.fds = {{-1, 5}};
  auto closed = request_of({"true"});
  closed.fds = {{999, 5}};
  auto nul = request_of({"true", std::string("a\0b", 3)});
  const run_request wrong[]
      = {captured_in, pipe, twice, over_capture, below, closed, nul};

  for (const auto& request : wrong) {
    const auto result = cordon::run(request);
    REQUIRE_FALSE(result);
    CHECK_FALSE(result.error().line().empty());
  }
}

TEST_CASE("environment and directory are what the request says", "[run]") {
  if (lacks_landlock())
    return;
  auto wanted = test::captured({"sh", "-c", "pwd; echo $ONE $TWO"},
                               base_profile().env("TWO", "profile").cwd("/"));
  wanted.env.insert(wanted.env.end(), {"ONE=request", "TWO=request"});
  wanted.cwd = "/usr";

  const auto over = done(std::move(wanted));

  CHECK(over.out.bytes == "/usr\nrequest profile\n");
}

TEST_CASE("the profile's own program runs when no command is given", "[run]") {
  if (lacks_landlock())
    return;

  const auto result = done(test::captured(
      {}, base_profile().exec("/usr/bin/env").args({"echo", "mine"})));

  CHECK(result.out.bytes == "mine\n");
}

TEST_CASE("starting restricts the run's own thread and no other", "[run]") {
  if (lacks_landlock())
    return;
  const auto before = own_status("NoNewPrivs") + own_status("CapEff")
                      + own_status("SigBlk") + own_status("Seccomp");

  // A refusal, so that there is a lane and not only a wall.
  const auto result = done(script("chmod 600 /usr/bin/env; cat /etc/passwd"));

  CHECK(result.ending.status != 0);
  CHECK(result.denial_count == 1);
  CHECK(own_status("NoNewPrivs") + own_status("CapEff") + own_status("SigBlk")
            + own_status("Seccomp")
        == before);
  CHECK(std::ifstream("/etc/passwd").good());
  // Somebody outside every run can still be signalled.
  const pid_t other = ::fork();
  if (other == 0)
    for (;;)
      ::pause();
  CHECK(::kill(other, SIGKILL) == 0);
  CHECK(::waitpid(other, nullptr, 0) == other);
  std::thread{[] { CHECK(std::ifstream("/etc/passwd").good()); }}.join();
}

TEST_CASE("a plan is compiled once and used many times", "[run]") {
  if (lacks_landlock())
    return;
  const auto place = std::filesystem::temp_directory_path()
                     / ("cordon-plan." + std::to_string(::getpid()));
  std::filesystem::create_directory(place);
  const auto plan = policy::compile(
      *base_profile().write(place.string()).try_build(), test::keeper_path());
  REQUIRE(plan);

  for (int i = 0; i < 3; ++i) {
    auto wanted = script("echo $1 > $2/$1 && chmod 600 $2/$1 && cat $2/*");
    wanted.command.insert(wanted.command.end(),
                          {"sh", std::to_string(i), place.string()});
    wanted.profile = nullptr;
    wanted.plan = *plan;
    const auto result = done(std::move(wanted));
    INFO(result.err.bytes);
    CHECK(result.ending.status == 0);
  }

  CHECK(std::filesystem::exists(place / "2"));
  // What is granted is the directory that was there: no other of its name.
  std::filesystem::rename(place, place.string() + ".old");
  std::filesystem::create_directory(place);
  auto wanted = script("echo > \"$1/new\"");
  wanted.command.insert(wanted.command.end(), {"sh", place.string()});
  wanted.plan = *plan;
  const auto over = done(std::move(wanted));
  CHECK(over.ending.status != 0);
  CHECK_FALSE(std::filesystem::exists(place / "new"));
  std::filesystem::remove_all(place);
  std::filesystem::remove_all(place.string() + ".old");
}

TEST_CASE("kill ends a run, and so does letting go of it", "[run]") {
  if (lacks_landlock())
    return;
  auto sleeper = cordon::start(request_of({"sleep", "1000"}));
  REQUIRE(sleeper);

  SECTION("kill") {
    sleeper->kill();
    const auto result = sleeper->wait();
    REQUIRE(result);
    CHECK(result->ending.kind == how::signaled);
  }
  SECTION("a signal") {
    sleeper->signal(SIGTERM);
    const auto result = sleeper->wait();
    REQUIRE(result);
    CHECK(result->ending.status == SIGTERM);
  }
  SECTION("letting go") {
    // The destructor hangs if the run lives on.
  }
}

TEST_CASE("of many denials the first are kept and all are counted", "[run]") {
  if (lacks_landlock())
    return;

  const auto result = done(
      script("i=0; while [ $i -lt 100 ]; do i=$((i+1)); echo /usr/bin/env; "
             "done | xargs chmod 600"));

  CHECK(result.denial_count == 100);
  CHECK(result.denials.size() == run_result::kept_denials);
}

TEST_CASE("the limit of processes is told as a denial with its option",
          "[run]") {
  if (lacks_landlock())
    return;

  const auto result = done(script("(:) & (:) & (:) & wait; exit 0",
                                  base_profile().max_processes(1, "my limit")));

  REQUIRE_FALSE(result.denials.empty());
  CHECK(result.denials[0].operation == "fork");
  CHECK(result.denials[0].error == EAGAIN);
  CHECK_THAT(result.denials[0].rule, Catch::Contains("my limit"));
}
