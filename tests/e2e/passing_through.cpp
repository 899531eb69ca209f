// What stands between a program and its caller lets through what it should.
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <signal.h>
#include <unistd.h>

using namespace cordon::test;

TEST_CASE("signals sent to cordon arrive at the program", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  const auto& [number, name]
      = GENERATE(std::pair{SIGTERM, "TERM"}, std::pair{SIGHUP, "HUP"},
                 std::pair{SIGINT, "INT"}, std::pair{SIGUSR1, "USR1"},
                 std::pair{SIGUSR2, "USR2"}, std::pair{SIGQUIT, "QUIT"});
  running one(place.confined(
      {}, {"/bin/bash", "-c",
           "trap 'echo got " + std::string(name) + "; exit 5' " + name
               + "; echo ready; while :; do sleep 0.02; done"}));
  REQUIRE(one.wait_for("ready"));

  ::kill(one.pid(), number);
  const outcome result = one.wait();

  CHECK(result.out == "ready\ngot " + std::string(name) + "\n");
  CHECK(result.code() == 5);
}

TEST_CASE("a stopped program stops cordon, and both go on together", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  running one(place.confined(
      {}, {"/bin/sh", "-c", "echo ready; kill -STOP $$; echo went on"}));
  REQUIRE(one.wait_for("ready"));
  const std::string status = "/proc/" + std::to_string(one.pid()) + "/status";

  const auto until = std::chrono::steady_clock::now() + patience;
  while (read_file(status).find("State:\tT") == std::string::npos
         && std::chrono::steady_clock::now() < until)
    ::usleep(1000);
  CHECK(read_file(status).find("State:\tT") != std::string::npos);
  ::kill(one.pid(), SIGCONT);

  CHECK(one.wait_for("went on"));
  CHECK(one.wait().code() == 0);
}

TEST_CASE("signal masks, dispositions, umask, limits and priority are kept",
          "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  const words options = GENERATE(words{}, words{"--no-supervisor"});
  const words look{"/bin/sh", "-c",
                   "grep -E '^Sig(Blk|Ign)|^Umask|^Groups' /proc/self/status; "
                   "ulimit -Sn -Sc -Ss; nice"};
  const words changed{
      "/bin/bash", "-c",
      "umask 027; ulimit -Sn 77; exec nice -n 3 env --ignore-signal=HUP "
      "--ignore-signal=PIPE --block-signal=USR2 \"$@\"",
      "bash"};

  const outcome outside = run(place.outside(changed + look));
  command inside = place.confined(options + words{"-r", "/proc"}, look);
  inside.argv = changed + inside.argv;
  const outcome held = run(inside);

  CHECK(outside.out.find("Umask:\t0027") != std::string::npos);
  CHECK(held.out == outside.out);
}

TEST_CASE("arguments and variables arrive byte by byte", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  const words options = GENERATE(words{}, words{"--no-supervisor"});
  std::string every;
  for (int byte = 1; byte < 256; ++byte)
    every += static_cast<char>(byte);
  command made = place.confined(options, {"/usr/bin/printf", "%s|", every, "",
                                          "--", "-r", "a b", "$HOME", "*"});

  CHECK(run(made).out == every + "||--|-r|a b|$HOME|*|");

  command variables = place.confined(options, {"/usr/bin/printenv", "EVERY"});
  variables.env.emplace_back("EVERY", every);
  CHECK(run(variables).out == every + "\n");
}

TEST_CASE("a long list of arguments arrives", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  const words options = GENERATE(words{}, words{"--no-supervisor"});
  words program{"/bin/sh", "-c", "echo $#", "sh", std::string(100'000, 'x')};
  program.insert(program.end(), 8000, std::string(100, 'y'));

  CHECK(run(place.confined(options, program)).out == "8001\n");
}

TEST_CASE("help is printed to standard output", "[e2e]") {
  const world place(unprivileged());
  for (const words& command :
       {words{}, words{"run"}, words{"explain"}, words{"check"},
        words{"list-syscalls"}, words{"profile"}}) {
    const outcome result = run(place.cordon(command + words{"--help"}));
    INFO((command.empty() ? "cordon" : command[0]));
    CHECK(result.code() == 0);
    CHECK(result.out.find("cordon") != std::string::npos);
    CHECK(result.err.empty());
  }
  CHECK(run(place.cordon({"--version"})).code() == 0);
}
