// Signals that arrive while calls wait for the supervisor: no program may see a
// call fail because of that.
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

using namespace cordon;
using namespace cordon::test;

namespace {

/// chmod under a timer whose handler does not restart calls; prints how many
/// calls failed, and whether there were signals at all.
constexpr const char* chmod_storm = R"text(
import os, signal
hits = 0
def handler(*_):
    global hits
    hits += 1
open("file", "w").close()
signal.signal(signal.SIGALRM, handler)
signal.siginterrupt(signal.SIGALRM, True)
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
failed = 0
for i in range(20000):
    try:
        os.chmod("file", 0o600 + (i & 1))
    except InterruptedError:
        failed += 1
print("failed", failed, "signals", hits > 50)
)text";

} // namespace

TEST_CASE("no call on behalf ends in EINTR under a storm of signals",
          "[e2e][lane]") {
  const world place(GENERATE(from_range(everybody())));

  const outcome result
      = run(place.confined({"-p", "python", "--cwd", place.inside()},
                           {"/usr/bin/python3", "-c", chmod_storm}));

  INFO(result.err);
  CHECK(result.out == "failed 0 signals True\n");
}

TEST_CASE("a shell's pipelines never fail to fork", "[e2e][lane]") {
  const world place(GENERATE(from_range(everybody())));

  const outcome result = run(place.confined(
      {"-P", "50"},
      {"/bin/dash", "-c",
       "i=0; while [ $i -lt 200 ]; do x=$(echo a | cat | cat) || exit 1; "
       "i=$((i+1)); done; echo $x $i"}));

  INFO(result.err);
  CHECK(result.out == "a 200\n");
}

TEST_CASE("perl forks under SIGCHLD handlers and nothing is lost",
          "[e2e][lane]") {
  const world place(GENERATE(from_range(everybody())));

  const outcome result = run(place.confined(
      {"-P", "50"},
      {"/usr/bin/perl", "-MPOSIX", "-e",
       "my $n = 0; $SIG{CHLD} = sub { $n++ while waitpid(-1, WNOHANG) > 0 };"
       "for (1..300) { my $p = fork; die \"fork: $!\" unless defined $p;"
       " exit 0 unless $p; } my $t = 0;"
       "while ($n < 300 && $t++ < 2000) { select undef, undef, undef, 0.005 }"
       "print \"$n\\n\";"}));

  INFO(result.err);
  CHECK(result.out == "300\n");
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
