// Exit statuses: the program's own, and ours.
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <signal.h>

using namespace cordon::test;

TEST_CASE("the program's exit status is passed through",
          "[e2e][A-01.03][A-03.02][A-01.16][A-28.02]") {
  const world place(GENERATE(from_range(everybody())));
  const int status = GENERATE(0, 1, 2, 42, 124, 125, 126, 127, 128, 255);
  const words supervised = GENERATE(words{}, words{"--no-supervisor"});

  const outcome result = run(place.confined(
      supervised, {"/bin/sh", "-c", "exit " + std::to_string(status)}));

  CHECK(result.exited);
  CHECK(result.status == status);
  CHECK(result.err.empty());
}

TEST_CASE("a program ended by signal n gives 128 + n", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  const int signal = GENERATE(SIGHUP, SIGINT, SIGQUIT, SIGKILL, SIGSEGV,
                              SIGPIPE, SIGTERM, SIGUSR1, 40);

  const outcome result = run(place.confined(
      {"--no-coredump"},
      {"/bin/sh", "-c", "kill -" + std::to_string(signal) + " $$"}));

  CHECK(result.exited);
  CHECK(result.status == 128 + signal);
}

TEST_CASE("without a supervisor a signal is the run's own end", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));

  const outcome result
      = run(place.confined({"--no-supervisor", "--no-coredump"},
                           {"/bin/sh", "-c", "kill -TERM $$"}));

  CHECK_FALSE(result.exited);
  CHECK(result.status == SIGTERM);
}

TEST_CASE("a timeout gives 124 and says so", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));

  const outcome result
      = run(place.confined({"--timeout", "0.5"}, {"/bin/sleep", "1000"}));

  CHECK(result.code() == 124);
  CHECK(result.last_error_line() == "cordon: timeout after 0.5s");
  CHECK(run(place.confined({"--timeout", "1000"}, {"/bin/true"})).code() == 0);
}

TEST_CASE("a program that is not there gives 127", "[e2e][A-03.03]") {
  const world place(GENERATE(from_range(everybody())));
  const words supervised = GENERATE(words{}, words{"--no-supervisor"});
  const std::string program
      = GENERATE("no-such-program", "/no/such/program", "./no-such-program");

  const outcome result = run(place.confined(supervised, {program}));

  CHECK(result.code() == 127);
  CHECK(result.err.find(program) != std::string::npos);
  CHECK(result.err.starts_with("cordon: "));
}

TEST_CASE("a program that cannot be executed gives 126", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  const words supervised = GENERATE(words{}, words{"--no-supervisor"});
  const auto& who = place.who();
  const std::string plain
      = place.files().file("inside/plain", "no program", who, 0644);
  const std::string interpreter = place.files().file(
      "inside/script", "#!" + place.secret() + "\n", who, 0755);

  for (const std::string& program : {plain, interpreter, place.inside()}) {
    INFO(program);
    const outcome result = run(place.confined(supervised, {program}));
    CHECK(result.code() == 126);
    CHECK(result.err.starts_with("cordon: "));
  }
}

TEST_CASE("a name is looked up in PATH as execvp does", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  const auto& who = place.who();
  for (const char* directory : {"inside/one", "inside/two", "inside/three"})
    place.files().directory(directory, who);
  place.files().file("inside/one/found", "not executable", who, 0644);
  place.files().file("inside/two/found", "#!/bin/sh\necho two\n", who, 0755);
  place.files().file("inside/three/found", "#!/bin/sh\necho three\n", who,
                     0755);
  const std::string& in = place.inside();
  command made = place.confined({}, {"found"});
  made.env.emplace_back("PATH", in + "/none:" + in + "/one:" + in + "/two:" + in
                                    + "/three:/usr/bin:/bin");

  const outcome result = run(made);

  CHECK(result.out == "two\n");
  CHECK(result.code() == 0);
}

TEST_CASE("a script without #! is run by /bin/sh, as execvp does", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  const words supervised = GENERATE(words{}, words{"--no-supervisor"});
  const std::string script = place.files().file(
      "inside/script", "echo $0 $1 $2\nexit 5\n", place.who(), 0755);

  const outcome result
      = run(place.confined(supervised, {script, "one", "two"}));

  CHECK(result.out == script + " one two\n");
  CHECK(result.code() == 5);
}

TEST_CASE("a failure of our own gives 125", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  // Alone, without its keeper.
  place.files().directory("alone");
  const std::string lonely = place.files().file(
      "alone/cordon", read_file(programs::cordon()), ourselves(), 0755);
  command made = place.confined({}, {"/bin/true"});
  made.argv[0] = lonely;

  const outcome result = run(made);

  CHECK(result.code() == 125);
  CHECK(result.err.starts_with("cordon: "));
}
