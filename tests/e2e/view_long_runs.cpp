// What may only show after many calls: a race that was lost, something that is
// left behind.
#include "tests/e2e/view_world.hpp"
#include "tests/support/probes.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

using namespace cordon;
using namespace cordon::test;
namespace fs = std::filesystem;

namespace {

void flip(const world& place, const std::string& kind, int rounds, int count) {
  INFO(place.who().name << " " << kind);
  const auto root = root_with(place, "root", {"path_storm"});
  place.files().file("root/secret", "secret", place.who());
  for (int i = 0; i < rounds; ++i) {
    const auto denied
        = in_view(place, root, {"-w", "/", "--fs-deny", "/secret"},
                  {"/bin/path_storm", kind, std::to_string(count)});
    INFO(denied.err);
    REQUIRE(denied.out == "wrong 0\n");
  }
}

/// What a process holds.
struct holdings {
  long fds = 0;
  long memory = 0; ///< KiB that are its own

  explicit holdings(pid_t pid) {
    const auto proc = "/proc/" + std::to_string(pid);
    fds = std::distance(fs::directory_iterator(proc + "/fd"), {});
    std::ifstream status(proc + "/status");
    for (std::string word; status >> word;)
      if (word == "RssAnon:")
        status >> memory;
  }
};

pid_t only_child_of(pid_t pid) {
  const auto number = std::to_string(pid);
  std::ifstream children("/proc/" + number + "/task/" + number + "/children");
  pid_t child = 0;
  children >> child;
  return child;
}

/// `rounds` of `count` rounds of calls, after as many to warm up: who answers
/// holds what it held.
void nothing_is_left(const world& place, int rounds, int count) {
  INFO(place.who().name);
  const auto root = root_with(place, "root", {"path_storm"});
  running storm{
      view_command(place, root, {"-w", "/"},
                   {"/bin/path_storm", "mixed", std::to_string(count)})};
  int done = 0;
  const auto go_on = [&] {
    storm.send("x");
    done += count;
    REQUIRE(storm.wait_for("wrong 0 after " + std::to_string(done) + "\n"));
  };
  go_on();
  const pid_t keeper = only_child_of(storm.pid());
  REQUIRE(keeper > 0);
  const pid_t program = only_child_of(keeper);
  REQUIRE(program > 0);
  std::vector<holdings> before;
  for (const pid_t pid : {storm.pid(), keeper, program})
    before.emplace_back(pid);

  for (int i = 0; i < rounds; ++i)
    go_on();

  std::size_t n = 0;
  for (const pid_t pid : {storm.pid(), keeper, program}) {
    const holdings after{pid};
    INFO(n);
    CHECK(after.fds == before[n].fds);
    CHECK(after.memory <= before[n].memory + 1024);
    ++n;
  }
  storm.close_input();
  CHECK(storm.wait().code() == 0);
}

/// In a view of the host's root.
outcome in_own_view(const world& place, const words& program) {
  return run(place.cordon(words{"run", "--chroot", "/", "-r", "/", "-w",
                                place.inside(), "-w", "/dev/null", "--cwd",
                                place.inside(), "--"}
                          + program));
}

/// Pipelines with redirections; dash's own handler of SIGCHLD does not restart
/// calls. The script ends at the first that goes wrong.
void pipelines(const world& place, int count) {
  const auto n = std::to_string(count);
  const auto said = in_own_view(
      place, {"/bin/dash", "-c",
              "i=0; while [ $i -lt " + n
                  + " ]; do echo a$i | cat 2>&1 < /dev/null >> none | "
                    "cat >> none 2>&1; echo b$i | cat > out 2>> errors; "
                    "read x < out || exit 1; [ \"$x\" = b$i ] || exit 2; "
                    "i=$((i+1)); done; wc -c < errors; echo all $i"});
  INFO(place.who().name << said.err);
  CHECK(said.out == "0\nall " + n + "\n");
}

void python(const world& place, int count) {
  const auto said = in_own_view(place, {"/usr/bin/python3", "-c",
                                        "count = " + std::to_string(count)
                                            + python_under_signals() + R"text(
names = ["file", "other"]
for i in range(count):
    old, new = names[i % 2], names[(i + 1) % 2]
    try:
        wrong += os.stat(old).st_size != 0
        os.close(os.open(old, os.O_RDONLY))
        os.rename(old, new)
    except OSError:
        failed += 1
signal.setitimer(signal.ITIMER_REAL, 0)
print("failed", failed, "wrong", wrong, "signals", hits > count // 2000)
)text"});
  INFO(place.who().name << said.err);
  CHECK(said.out == "failed 0 wrong 0 signals True\n");
}

} // namespace

TEST_CASE("nothing is left behind by many calls of every kind", "[e2e][view]") {
  nothing_is_left(world(GENERATE(from_range(everybody()))), 2, 500);
}

TEST_CASE("no call in a view fails because a signal came",
          "[e2e][view][threat-28]") {
  const world place(GENERATE(from_range(everybody())));
  pipelines(place, 200);
  python(place, 10'000);
}

TEST_CASE("a million flips of a path leak nothing", "[soak]") {
  flip(world(GENERATE(from_range(everybody()))), GENERATE("flip", "shared"), 10,
       100'000);
}

TEST_CASE("a million calls of every kind leave nothing behind", "[soak]") {
  nothing_is_left(world(GENERATE(from_range(everybody()))), 25, 2200);
}

TEST_CASE("3,000 pipelines and 300,000 calls under a timer go well in a view",
          "[soak][threat-28]") {
  const world place(GENERATE(from_range(everybody())));
  for (int i = 0; i < 10; ++i) {
    pipelines(place, 300);
    python(place, 10'000);
  }
}
