// Signals that arrive while calls wait for the supervisor: no program may see a
// call fail because of that, and none may be carried out twice.
#include "tests/support/probes.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

using namespace cordon;
using namespace cordon::test;

namespace {

/// Changes of metadata by Python under a timer whose handler does not restart
/// calls; prints how many failed, and whether there were signals at all.
std::string python_storm(int calls) {
  return "calls = " + std::to_string(calls) + python_under_signals() + R"text(
for i in range(calls):
    try:
        if i & 1:
            os.chmod("file", 0o600 + (i & 0o77))
            wrong += os.stat("file").st_mode & 0o777 != 0o600 + (i & 0o77)
        else:
            os.utime("file", (i, i))
            wrong += os.stat("file").st_mtime != i
    except InterruptedError:
        failed += 1
signal.setitimer(signal.ITIMER_REAL, 0)
print("failed", failed, "wrong", wrong, "signals", hits > calls // 500)
)text";
}

constexpr const char* python_passes = "failed 0 wrong 0 signals True\n";

command python(const world& place, int calls) {
  return place.confined({"-p", "python", "--cwd", place.inside()},
                        {"/usr/bin/python3", "-c", python_storm(calls)});
}

/// `forks`: of pipelines of three, that many in all. The script ends early when
/// one cannot be forked, as dash does of itself.
words dash_pipelines(int forks) {
  return {"/bin/dash", "-c",
          "i=0; while [ $i -lt " + std::to_string(forks / 4)
              + " ]; do x=$(echo a | cat | cat) || exit 1; "
                "i=$((i+1)); done; echo $x $i"};
}

std::string dash_says(int forks) {
  return "a " + std::to_string(forks / 4) + "\n";
}

/// Forks under a handler of SIGCHLD that reaps; Perl's handlers do not restart.
words perl_forks(int forks) {
  const auto count = std::to_string(forks);
  return {"/usr/bin/perl", "-MPOSIX", "-e",
          "my ($n, $made) = (0, 0);"
          "$SIG{CHLD} = sub { $n++ while waitpid(-1, WNOHANG) > 0 };"
          "while ($made < "
              + count
              + ") { if ($made - $n > 20) { select undef, undef, undef, 0.001;"
                " next } my $p = fork; die \"fork: $!\" unless defined $p;"
                " exit 0 unless $p; $made++; } my $t = 0;"
                "while ($n < "
              + count
              + " && $t++ < 2000) { select undef, undef, undef, 0.005 }"
                "print \"$n\\n\";"};
}

/// The same for Python, whose library repeats waits but not forks.
words python_forks(int forks) {
  return {"/usr/bin/python3", "-c",
          "import os, signal\n"
          "signal.signal(signal.SIGCHLD, lambda *_: None)\n"
          "signal.siginterrupt(signal.SIGCHLD, True)\n"
          "for i in range("
              + std::to_string(forks / 2)
              + "):\n"
                "  a, b = os.fork(), 0\n"
                "  if a: b = os.fork()\n"
                "  if not a or not b: os._exit(0)\n"
                "  os.waitpid(a, 0); os.waitpid(b, 0)\n"
                "print('all')\n"};
}

void check_storms(const world& place, int calls) {
  for (const char* kind : {"timer", "abrupt", "preempt", "children", "stop"}) {
    const words program{programs::target("storm"), kind, std::to_string(calls),
                        place.inside()};
    const answers inside = answers_of(place.confined({"-P", "40"}, program));
    INFO(kind << " as " << place.who().name);
    CHECK(inside.at("failed") == "0");
    CHECK(inside.at("wrong") == "0");
    CHECK(inside.at("signals") == "many");
  }
}

void check_programs(const world& place, int forks, int changes) {
  const words limit{"-P", "50"};

  const outcome dash = run(place.confined(limit, dash_pipelines(forks)));
  INFO(dash.err);
  CHECK(dash.out == dash_says(forks));
  const outcome perl = run(place.confined(limit, perl_forks(forks)));
  INFO(perl.err);
  CHECK(perl.out == std::to_string(forks) + "\n");
  const outcome forked = run(place.confined(limit, python_forks(forks)));
  INFO(forked.err);
  CHECK(forked.out == "all\n");
  const outcome changed = run(python(place, changes));
  INFO(changed.err);
  CHECK(changed.out == python_passes);
}

/// A job, and what rains on its whole group but itself while it works: made by
/// the shell's own group, so that the job's parent is not hit.
std::string under(const std::string& storm, const std::string& job) {
  return "set -m; { " + job
         + "; } & j=$!; /usr/bin/perl -e 'my $g = shift; while (kill 0, -$g) { "
         + storm + " }' $j & s=$!; set +m; wait $j; e=$?; kill -9 $s;"
         + " wait $s 2>/dev/null; echo status $e";
}

constexpr const char* rain[]
    = {R"(kill "CHLD", -$g; select undef, undef, undef, 0.0002;)",
       R"(kill "URG", -$g; select undef, undef, undef, 0.0001;)",
       R"(kill "STOP", -$g; select undef, undef, undef, 0.0005;
       kill "CONT", -$g; select undef, undef, undef, 0.003;)"};

} // namespace

TEST_CASE("calls under any rain of signals take effect exactly once",
          "[e2e][lane][threat-28][abuse-33]") {
  check_storms(world(GENERATE(from_range(everybody()))), 3000);
}

TEST_CASE("calls under any rain of signals, the long count",
          "[soak][threat-28][abuse-33]") {
  const world place(GENERATE(from_range(everybody())));
  for (int round = 0; round < 20; ++round)
    check_storms(place, 5000);
}

TEST_CASE("no program fails because its calls wait when a signal comes",
          "[e2e][lane][threat-28]") {
  check_programs(world(GENERATE(from_range(everybody()))), 1200, 20'000);
}

TEST_CASE("no program fails in 12,000 forks and 300,000 changes",
          "[soak][threat-28]") {
  // In parts: what takes longer than `patience` counts as hung.
  const world place(GENERATE(from_range(everybody())));
  for (int round = 0; round < 10; ++round)
    check_programs(place, 1200, 30'000);
}

TEST_CASE("a program's first call is not broken by a signal either",
          "[e2e][lane][threat-28]") {
  const world place(GENERATE(from_range(everybody())));
  // Of enough programs that begin under signals, some first calls are hit.
  const words program{programs::target("storm"), "abrupt", "3", place.inside()};
  const auto broken = [&](auto start) {
    int failed = 0;
    for (int i = 0; i < 40; ++i)
      failed += std::stoi(answers_of(start()).at("failed"));
    return failed;
  };

  CHECK(broken([&] { return place.confined({}, program); }) == 0);
  CHECK(broken([&] { return place.unrepaired({}, program); }) > 0);
}

TEST_CASE("without the repair the same programs do fail",
          "[e2e][lane][threat-28]") {
  const world place(GENERATE(from_range(everybody())));

  const outcome changed
      = run(place.unrepaired({"-p", "python", "--cwd", place.inside()},
                             {"/usr/bin/python3", "-c", python_storm(20'000)}));
  INFO(changed.out << changed.err);
  CHECK(changed.code() == 0);
  CHECK_FALSE(changed.out.starts_with("failed 0 "));
  CHECK(changed.out.find("wrong 0 signals True") != std::string::npos);
  const answers abrupt = answers_of(place.unrepaired(
      {}, {programs::target("storm"), "abrupt", "3000", place.inside()}));
  CHECK(std::stoi(abrupt.at("failed")) > 0);
  // What broke had not run: even then nothing is done twice.
  CHECK(abrupt.at("wrong") == "0");
}

TEST_CASE("pipelines and make -j4 go on under any rain of signals",
          "[e2e][lane][threat-28]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string in = place.files().directory("inside/make", place.who());
  // Shells whose handlers restart calls: each is new, and a first call is not
  // repaired.
  std::string makefile = "SHELL = /bin/bash\nall:";
  for (int i = 0; i < 12; ++i)
    makefile += " t" + std::to_string(i);
  makefile += "\nt%:\n\t@echo a | cat | cat > $@\n\t@chmod 640 $@\n"
              "\t@echo x >> count\n";
  place.files().file("inside/make/Makefile", makefile, place.who());
  const std::string& storm = GENERATE(
      from_range(std::vector<std::string>(std::begin(rain), std::end(rain))));
  INFO(storm);
  for (const std::string& job :
       {std::string("cd " + in
                    + " && rm -f count t* && make -s -j4 && wc -l "
                      "< count"),
        std::string("i=0; while [ $i -lt 200 ]; do x=$(echo a | cat | cat) || "
                    "exit 1; i=$((i+1)); done; echo $x $i")}) {
    const outcome result = run(
        place.confined({"-P", "40"}, {"/bin/bash", "-c", under(storm, job)}));
    INFO(job << "\n" << result.err);
    CHECK(result.out
          == (job.starts_with("cd") ? "12\n" : "a 200\n")
                 + std::string("status 0\n"));
  }
}

TEST_CASE("a program that is stopped and continued from inside goes on",
          "[e2e][lane][threat-28]") {
  const world place(GENERATE(from_range(everybody())));
  // Stopped for longer than cordon takes to stop with it; then it makes calls
  // that need the supervisor.
  const std::string script
      = "cd " + place.inside()
        + "; touch f; chmod 600 f; (kill -STOP $$; sleep 0.2; kill -CONT $$) & "
          "i=0; while [ $i -lt 300 ]; do chmod 640 f || exit 1; "
          "i=$((i+1)); done; wait; echo on";

  const outcome result
      = run(place.confined({"-P", "20"}, {"/bin/sh", "-c", script}));

  INFO(result.err);
  CHECK(result.out == "on\n");
}

TEST_CASE("strace starts and attaches inside, whoever traces already",
          "[e2e][lane]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string script
      = "cd " + place.inside()
        + "; touch a; trap : USR1; chmod 600 a; chmod 644 a;"
          "strace -o started sh -c 'trap : CHLD; chmod 600 a; chmod 644 a';"
          "grep -c chmod started;"
          "sh -c 'trap : USR1; i=0; while [ $i -lt 40 ]; do chmod 600 a; "
          "sleep 0.05; i=$((i+1)); done' & p=$!; sleep 0.2;"
          "timeout 1 strace -f -p $p -o attached 2>/dev/null;"
          "grep -q chmod attached && echo attached; kill $p; wait";

  const outcome result
      = run(place.confined({"-P", "30"}, {"/bin/sh", "-c", script}));

  INFO(result.err);
  CHECK(result.out.find("attached\n") != std::string::npos);
}

TEST_CASE("gdb inside runs a program to a breakpoint, and attaches to one",
          "[e2e][lane]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string source = place.files().file(
      "inside/program.c",
      "#include <signal.h>\n#include <stdio.h>\n#include <stdlib.h>\n"
      "#include <sys/stat.h>\n#include <sys/wait.h>\n#include <unistd.h>\n"
      "static void caught(int n) { (void)n; }\n"
      "void here(void) { chmod(\"f\", 0600); }\n"
      "int main(int argc, char** argv) {\n"
      "  signal(SIGCHLD, caught);\n"
      "  for (int i = 0; i < (argc > 1 ? atoi(argv[1]) : 1); ++i) {\n"
      "    if (fork() == 0) _exit(0);\n"
      "    while (wait(0) < 0) {}\n"
      "    here();\n"
      "    usleep(argc > 1 ? 10000 : 0);\n"
      "  }\n"
      "  puts(\"ended\");\n}\n",
      place.who());
  REQUIRE(run(place.outside({"/usr/bin/gcc", "-g", "-o",
                             place.inside() + "/program", source}))
              .code()
          == 0);
  const std::string gdb = "gdb -nx -q -batch -iex 'set debuginfod enabled off' "
                          "-iex 'set auto-load no' ";
  const auto script = [&](const std::string& words) {
    return place.confined(
        {"-P", "30", "-r", "/proc", "-r", "/etc/gdb", "--cwd", place.inside()},
        {"/bin/sh", "-c", "touch f; " + words});
  };

  const outcome started = run(script(
      gdb + "-ex 'break here' -ex run -ex bt -ex continue ./program 2>&1"));
  INFO(started.out << started.err);
  CHECK(started.out.find("Breakpoint 1, here ()") != std::string::npos);
  CHECK(started.out.find("ended") != std::string::npos);
  CHECK(started.out.find("exited normally") != std::string::npos);
  const outcome attached = run(script(
      "./program 500 & p=$!; sleep 0.2; " + gdb
      + "-ex 'break here' -ex continue -ex bt -ex 'delete' -ex detach -p $p "
        "2>&1; wait $p; echo status $?"));
  INFO(attached.out << attached.err);
  CHECK(attached.out.find("Breakpoint 1, here ()") != std::string::npos);
  CHECK(attached.out.find("ended\nstatus 0\n") != std::string::npos);
}

TEST_CASE("a thread that is repaired may ask to be traced, and goes on",
          "[e2e][lane]") {
  const world place(GENERATE(from_range(everybody())));

  const outcome result
      = run(place.confined({"-p", "python", "--cwd", place.inside()},
                           {"/usr/bin/python3", "-c",
                            "import ctypes, os, signal\n"
                            "signal.signal(signal.SIGUSR1, lambda *_: None)\n"
                            "open('file', 'w').close()\n"
                            "[os.chmod('file', 0o600) for _ in range(2000)]\n"
                            "ctypes.CDLL(None).ptrace(0, 0, 0, 0)\n"
                            "print('on')"}));

  INFO(result.err);
  CHECK(result.out == "on\n");
}
