// Standard streams and other descriptors.
#include "tests/support/probes.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <regex>
#include <tuple>

using namespace cordon::test;

namespace {

/// Reads all of a pipe whose other end is closed.
std::string read_all(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t got; (got = ::read(fd, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  return text;
}

} // namespace

TEST_CASE("standard input arrives, to its end", "[e2e][A-03.12][A-03.17]") {
  const world place(GENERATE(from_range(everybody())));
  const words options = GENERATE(words{}, words{"--no-supervisor"});
  command made = place.confined(options, {"/bin/cat"});
  made.input = "one\ntwo\n";

  CHECK(run(made).out == "one\ntwo\n");
}

TEST_CASE("a megabyte on both outputs arrives whole and apart",
          "[e2e][A-03.08][A-03.15]") {
  const world place(GENERATE(from_range(everybody())));

  const words options = GENERATE(words{}, words{"--no-supervisor"});

  const outcome result = run(place.confined(
      options,
      {"/bin/sh", "-c",
       "head -c 1048576 /dev/zero | tr '\\0' e >&2; head -c 1048576 /dev/zero "
       "| tr '\\0' o"}));

  CHECK(result.out == std::string(1048576, 'o'));
  CHECK(result.err == std::string(1048576, 'e'));
}

TEST_CASE("pipelines inside and out end as pipelines do", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));

  const outcome inside = run(place.confined(
      {}, {"/bin/bash", "-o", "pipefail", "-c",
           "yes | head -n 3; echo ${PIPESTATUS[@]}\nseq 1000 | tail -n 1"}));
  CHECK(inside.out == "y\ny\ny\n141 0\n1000\n");

  // The reader of the whole run goes away: the program gets SIGPIPE.
  const command yes = place.confined({}, {"/usr/bin/yes"});
  std::string line;
  for (const std::string& word : yes.argv)
    line += "'" + word + "' ";
  command through = place.outside(
      {"/bin/bash", "-c", line + "| head -n 1; echo ${PIPESTATUS[0]}"});
  CHECK(run(through).out == "y\n141\n");
}

TEST_CASE("closed standard streams stay closed", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  const words options = GENERATE(words{}, words{"--no-supervisor"});
  const std::string report = place.inside() + "/report";
  const words program{"/bin/sh", "-c",
                      "exec 7>" + report + "; "
                          + programs::target("descriptors") + " >&7 2>&1"};
  const std::vector<int> closed = GENERATE(
      std::vector<int>{0}, std::vector<int>{2}, std::vector<int>{0, 1, 2});

  command outside = place.outside(program);
  outside.closed = closed;
  REQUIRE(run(outside).code() == 0);
  const answers expected = parse_answers(read_file(report));
  command inside = place.confined(options, program);
  inside.closed = closed;
  REQUIRE(run(inside).code() == 0);
  const answers got = parse_answers(read_file(report));

  for (const char* kind : {"kind_0", "kind_2"}) {
    INFO(kind);
    CHECK(got.at(kind) == expected.at(kind));
  }
  CHECK(got.at("open") == expected.at("open"));
}

TEST_CASE("nothing but the standard streams is inherited", "[e2e][threat-13]") {
  const world place(GENERATE(from_range(everybody())));
  const words options = GENERATE(words{}, words{"--no-supervisor"});
  const std::string outside_directory
      = place.secret().substr(0, place.secret().rfind('/'));
  std::vector<cordon::unique_fd> kept;
  const auto add = [&](long fd) {
    REQUIRE(fd >= 0);
    kept.emplace_back(static_cast<int>(fd));
  };
  add(::open(outside_directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  add(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  add(::memfd_create("test", MFD_CLOEXEC));
  add(::syscall(SYS_pidfd_open, ::getpid(), 0));
  while (kept.size() < 200)
    add(::open(place.secret().c_str(), O_RDONLY | O_CLOEXEC));
  // Far from the numbers that the probe itself uses.
  const words program{programs::target("descriptors"), "directory=302"};

  command free = place.outside(program);
  command held = place.confined(options + words{"-r", "/proc"}, program);
  for (std::size_t i = 0; i < kept.size(); ++i)
    for (command* each : {&free, &held})
      each->fds.emplace_back(kept[i].get(), 302 - static_cast<int>(i));
  const answers outside = answers_of(free);
  const answers inside = answers_of(held);

  CHECK(outside.at("open").ends_with(",302"));
  CHECK(outside.at("fchdir") == "ok");
  CHECK(outside.at("chdir_by_proc") == "ok");
  CHECK(outside.at("openat") == "ok");
  CHECK(inside.at("open") == "0,1,2");
  CHECK(inside.at("fchdir") == "EBADF");
  CHECK(inside.at("chdir_by_proc") == "ENOENT");
  CHECK(inside.at("openat") == "EBADF");
}

TEST_CASE("option --status-fd gets one line of JSON, and stays open",
          "[e2e][A-01.09]") {
  const world place(GENERATE(from_range(everybody())));
  const auto status_line = [&](words options, const words& program) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    cordon::unique_fd read_end(ends[0]);
    cordon::unique_fd write_end(ends[1]);
    options.insert(options.end(), {"--status-fd", "9"});
    command made = place.confined(options, program);
    made.fds.emplace_back(write_end.get(), 9);
    std::ignore = run(made);
    write_end.reset();
    return read_all(read_end.get());
  };

  const auto matches = [](const std::string& text, const char* pattern) {
    INFO(text);
    CHECK(std::regex_search(text, std::regex(pattern)));
    CHECK(std::count(text.begin(), text.end(), '\n') == 1);
    CHECK(text.ends_with("}\n"));
  };
  matches(status_line({}, {"/bin/sh", "-c", "exit 7"}),
          "^\\{\"exit_code\":7[,}]");
  matches(status_line({}, {"/bin/sh", "-c", "kill -TERM $$"}),
          "^\\{\"exit_code\":-1,\"signal\":15[,}]");
  matches(status_line({"--timeout", "0.3"}, {"/bin/sleep", "100"}),
          "\"timed_out\":true");
  matches(status_line({}, {"/no/such/program"}), "^\\{\"exit_code\":127,");
  matches(status_line({}, {"/no/such/program"}), "\"started\":false");
  // The program does not get it.
  matches(status_line({}, {programs::target("descriptors")}),
          "^\\{\"exit_code\":0[,}]");
}

TEST_CASE("the program does not get the status descriptor",
          "[e2e][threat-13]") {
  const world place(GENERATE(from_range(everybody())));
  const cordon::unique_fd file(::memfd_create("status", MFD_CLOEXEC));
  command made
      = place.confined({"--status-fd", "9"}, {programs::target("descriptors")});
  made.fds.emplace_back(file.get(), 9);

  CHECK(answers_of(made).at("open") == "0,1,2");
}
