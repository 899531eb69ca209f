// When a program cannot start, the last line names the first grant it lacks.
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <regex>

using namespace cordon::test;

namespace {

/// Starts a program with the grants that the last line of each failed start
/// advises; how it ended, and what was advised.
struct advised_start {
  outcome last;
  words advised;
};

advised_start follow_advice(const world& place, const words& options,
                            const words& program) {
  advised_start made;
  for (int round = 0; round < 12; ++round) {
    words arguments = words{"run"} + options;
    for (const std::string& path : made.advised)
      arguments.insert(arguments.end(), {"-r", path});
    made.last = run(place.cordon(arguments + words{"--"} + program));
    if (made.last.code() == 0)
      return made;
    const std::string line = made.last.last_error_line();
    std::smatch found;
    if (!std::regex_search(line, found, std::regex("--fs-read (/[^ ,]+)")))
      return made;
    made.advised.push_back(found[1]);
  }
  return made;
}

} // namespace

TEST_CASE("without any grant the last line names the program", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  const words supervised
      = GENERATE(words{}, words{"--no-supervisor"}, words{"-P", "9"});

  const outcome result = run(place.cordon(
      words{"run"} + supervised + words{"--", programs::target("act")}));

  CHECK(result.code() == 126);
  CHECK(result.last_error_line().find(programs::target("act"))
        != std::string::npos);
  CHECK(result.last_error_line().find("--fs-read") != std::string::npos);
}

TEST_CASE("the last line names the loader, then a library directory", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));

  const outcome no_loader
      = run(place.cordon({"run", "-r", "/bin/true", "--", "/bin/true"}));
  CHECK(no_loader.code() == 126);
  CHECK(no_loader.last_error_line().find("ld-linux") != std::string::npos);

  const std::string loader
      = std::filesystem::canonical("/lib64/ld-linux-x86-64.so.2");
  const outcome no_library = run(place.cordon(
      {"run", "-r", "/bin/true", "-r", loader, "--", "/bin/true"}));
  CHECK(no_library.code() != 0);
  INFO(no_library.err);
  CHECK(no_library.last_error_line().starts_with("cordon: "));
  CHECK(no_library.last_error_line().find("/lib") != std::string::npos);
}

TEST_CASE("following the advice of the last line starts the program", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  const words program = GENERATE(words{"/bin/true"},
                                 words{"/bin/ls", "--version"}, words{"true"});
  const words options = GENERATE(words{}, words{"-P", "9"});

  const advised_start made = follow_advice(place, options, program);

  std::string all;
  for (const std::string& path : made.advised)
    all += path + " ";
  INFO("advised: " << all << "; last: " << made.last.err);
  CHECK(made.last.code() == 0);
  // Advice may not be the whole tree, nor what was advised before.
  for (const std::string& path : made.advised)
    CHECK(path != "/");
}

TEST_CASE("what a program that ran ends with is not explained by grants",
          "[e2e][lane]") {
  const world place(GENERATE(from_range(everybody())));
  // With a limit these go through the supervisor; what is said is the same.
  for (const char* script :
       {"exit 127", "(exit 127); exit 127", "x=$(no-such-program); exit $?",
        "chmod 600 /nowhere; exec /no/such/program"}) {
    const words program{"/bin/sh", "-c", script};
    const outcome limited = run(place.confined({"-P", "9"}, program));
    const outcome unlimited = run(place.confined({}, program));
    INFO(script);
    CHECK(limited.code() == 127);
    CHECK(limited.err == unlimited.err);
    CHECK(limited.err.find("not granted") == std::string::npos);
  }
}

TEST_CASE("the last line names the interpreter of a script", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string interpreter = place.files().file(
      "interpreter", read_file(programs::target("act")), place.who(), 0755);
  const std::string script = place.files().file(
      "script", "#!" + interpreter + "\n", place.who(), 0755);

  const outcome result = run(place.cordon({"run", "-r", script, "--", script}));

  CHECK(result.code() == 126);
  CHECK(result.last_error_line().find(interpreter) != std::string::npos);
}

TEST_CASE("the last line names a working directory that cannot be entered",
          "[e2e]") {
  const world place(unprivileged());
  const std::string closed = place.files().directory("closed", place.who());
  REQUIRE(run(place.outside({"chmod", "0", closed})).code() == 0);

  const outcome result = run(place.confined({"--cwd", closed}, {"/bin/true"}));

  CHECK(result.code() >= 125);
  CHECK(result.code() <= 127);
  CHECK(result.last_error_line().find(closed) != std::string::npos);
}
