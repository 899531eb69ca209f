// Without a supervisor, and sandboxes inside sandboxes.
#include "tests/support/probes.hpp"
#include "tests/support/survivors.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

using namespace cordon::test;

namespace {

/// `cordon run` inside `cordon run`: the outer one may read the programs.
command nested(const world& place, const words& outer, const words& inner,
               const words& program) {
  const words inner_line
      = words{programs::cordon(),          "run", "-p", "base", "-r",
              programs::target_directory()}
        + inner + words{"--"} + program;
  return place.confined(words{"-r", programs::directory()} + outer, inner_line);
}

} // namespace

TEST_CASE("without a supervisor the wall stands",
          "[e2e][A-01.11][A-01.12][A-01.14][A-28.01][A-28.03][A-28.04]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string& in = place.inside();

  const outcome result = run(place.confined(
      {"--no-supervisor"},
      {programs::target("act"), "read", place.secret(), "create", in + "/new",
       "read", in + "/new", "socket", "16", "bind", "20991", "signal", "1"}));

  CHECK(result.code() == 0);
  CHECK(result.err.empty());
  CHECK(result.out
        == "read " + place.secret() + "=EACCES\ncreate " + in + "/new=ok\nread "
               + in
               + "/new=ok\nsocket 16=EAFNOSUPPORT\nbind "
                 "20991=EACCES\nsignal 1=EPERM\n");
}

TEST_CASE("without a supervisor the program is the process itself",
          "[e2e][A-28.01]") {
  const world place(GENERATE(from_range(everybody())));
  running one(place.confined({"--no-supervisor"},
                             {"/bin/sh", "-c", "echo pid=$$.; read line"}));

  CHECK(one.wait_for("pid=" + std::to_string(one.pid()) + "."));
}

TEST_CASE("options that need a supervisor are refused by name without one",
          "[e2e][A-01.13][A-01.33][A-28.05]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string profile = place.files().file(
      "limits.toml", "[limits]\ntimeout = 5\n", place.who());

  for (const words& option :
       {words{"--timeout", "5"}, words{"--status-fd", "1"}}) {
    const outcome result = run(place.confined(words{"--no-supervisor"} + option,
                                              {"/bin/echo", "ran"}));
    INFO(result.err);
    CHECK(result.code() == 2);
    CHECK(result.out.empty());
    CHECK(result.err.find(option[0]) != std::string::npos);
    CHECK(result.err.find("--no-supervisor") != std::string::npos);
  }
  const outcome by_profile = run(place.cordon(
      {"run", "--profile-file", profile, "--no-supervisor", "--", "true"}));
  CHECK(by_profile.code() == 2);
  CHECK(by_profile.err.find("limits.timeout") != std::string::npos);
}

TEST_CASE("a second listener is possible only without a supervisor",
          "[e2e][A-28.07][threat-24]") {
  const world place(GENERATE(from_range(everybody())));
  const words program{programs::target("filters")};

  CHECK(answers_of(place.confined({"--no-supervisor"}, program))
            .at("new_listener")
        == "ok");
  CHECK(answers_of(place.confined({}, program)).at("new_listener") == "EBUSY");
}

TEST_CASE("a sandbox runs inside a sandbox, and both walls hold",
          "[e2e][A-01.15][A-03.39][A-03.40][A-28.06][A-28.07]") {
  const world place(GENERATE(from_range(everybody())));
  const words outer = GENERATE(words{}, words{"--no-supervisor"});
  const words inner = GENERATE(words{}, words{"--no-supervisor"});
  const auto& who = place.who();
  const std::string both = place.files().file("both", "text", who);
  const std::string outer_only = place.files().file("outer", "text", who);
  const std::string inner_only = place.files().file("inner", "text", who);

  const outcome result
      = run(nested(place, outer + words{"-r", both, "-r", outer_only},
                   inner + words{"-r", both, "-r", inner_only},
                   {programs::target("act"), "read", both, "read", outer_only,
                    "read", inner_only, "create", place.inside() + "/new"}));

  INFO(result.err);
  CHECK(result.code() == 0);
  CHECK(result.out
        == "read " + both + "=ok\nread " + outer_only + "=EACCES\nread "
               + inner_only + "=EACCES\ncreate " + place.inside()
               + "/new=EACCES\n");
}

TEST_CASE("statuses pass through nested sandboxes", "[e2e][A-28.02]") {
  const world place(GENERATE(from_range(everybody())));
  const words outer = GENERATE(words{}, words{"--no-supervisor"});
  const words inner = GENERATE(words{}, words{"--no-supervisor"});

  CHECK(run(nested(place, outer, inner, {"/bin/sh", "-c", "exit 42"})).code()
        == 42);
  CHECK(run(nested(place, outer, words{"--timeout", "0.5"},
                   {"/bin/sleep", "100"}))
            .code()
        == 124);
}

TEST_CASE("an inner sandbox's end leaves the outer one running",
          "[e2e][threat-29]") {
  const world place(GENERATE(from_range(everybody())));
  const canary mark;
  std::string inner;
  for (const std::string& word :
       words{programs::cordon(), "run", "-p", "base", "-r",
             programs::target_directory(), "--", programs::target("stragglers"),
             "session", "daemon", "stopped", "deaf", "exit"})
    inner += word + " ";
  command made = place.confined({"-r", programs::directory()},
                                {"/bin/sh", "-c",
                                 "sleep 1000 & " + inner
                                     + "; echo status=$?; "
                                       "kill -0 $! && echo outer=alive"});
  made.env.push_back(mark.variable());

  const outcome result = run(made);

  CHECK(result.out == "ready\nstatus=0\nouter=alive\n");
  CHECK(mark.gone());
  mark.sweep();
}

TEST_CASE("too many walls within each other fail with a reason", "[e2e]") {
  // The kernel allows 16 Landlock layers.
  const world place(unprivileged());
  words line{"/bin/echo", "ran"};
  for (int depth = 0; depth < 18; ++depth)
    line = words{programs::cordon(),
                 "run",
                 "-p",
                 "base",
                 "-r",
                 programs::directory(),
                 "--no-supervisor",
                 "--"}
           + line;

  const outcome result = run(place.outside(line));

  CHECK(result.out.empty());
  CHECK(result.code() == 125);
  CHECK(result.last_error_line().starts_with("cordon: "));
}

TEST_CASE("where Landlock is refused, a sandbox inside refuses to run",
          "[e2e][threat-21]") {
  const world place(GENERATE(from_range(everybody())));
  const words no_landlock{"--no-supervisor", "--extra-deny-syscall",
                          "landlock_create_ruleset"};
  const words inner = GENERATE(words{}, words{"--no-supervisor"});

  const outcome result
      = run(nested(place, no_landlock, inner, {"/bin/echo", "ran"}));

  CHECK(result.out.empty());
  CHECK(result.code() != 0);
  CHECK(result.err.find("Landlock") != std::string::npos);
}

TEST_CASE("inside a run without a supervisor, a supervised one is whole",
          "[e2e][lane]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string& in = place.inside();
  const words outer{"--no-supervisor", "--extra-allow-syscall", "metadata",
                    "-r", "/proc"};
  const words inner{"-P", "4", "-w", in};

  const outcome result = run(
      nested(place, outer, inner,
             {"/bin/sh", "-c",
              "cd " + in
                  + "; : > f; chmod 640 f; stat -c %a f; i=0; while [ $i -lt "
                    "20 ]; do (exit 3); i=$((i+$?)); done; echo $i"}));
  INFO(result.err);
  CHECK(result.out == "640\n21\n");
  CHECK(answers_of(nested(place, outer, inner,
                          {programs::target("fork_tricks"), "orphans", "20"}))
            .at("made")
        == "2");
  const outcome closed
      = run(nested(place, {"--no-supervisor", "-r", "/proc"}, inner,
                   {"/bin/sh", "-c", ": > f; chmod 640 f"}));
  CHECK(closed.code() == 1);
  CHECK(closed.err.find("not permitted") != std::string::npos);
}

TEST_CASE("without /proc a limit of processes refuses to start, and says why",
          "[e2e][lane]") {
  const world place(GENERATE(from_range(everybody())));

  const outcome blind = run(
      nested(place, {"--no-supervisor"}, {"-P", "4"}, {"/bin/echo", "ran"}));

  CHECK(blind.code() == 125);
  CHECK(blind.out.empty());
  CHECK(blind.last_error_line().find("--fs-read /proc") != std::string::npos);
}

TEST_CASE("inside a supervised run a limit refuses to start, and says why",
          "[e2e][lane]") {
  const world place(GENERATE(from_range(everybody())));

  const outcome counted = run(nested(place, {"-P", "20", "-r", "/proc"},
                                     {"-P", "4"}, {"/bin/echo", "ran"}));
  CHECK(counted.code() == 125);
  CHECK(counted.out.empty());
  CHECK(counted.last_error_line().find("listener") != std::string::npos);
  // The outer limit counts what the inner run starts, its keeper included.
  const outcome inner_forks = run(nested(
      place, {"-P", "4"}, {}, {programs::target("fork_tricks"), "plain", "9"}));
  INFO(inner_forks.err);
  CHECK(inner_forks.out == "made=1\nstopped=EAGAIN\n");
}
