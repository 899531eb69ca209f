// Runs of services as `cordon ps`, `inspect`, `stats` and `kill` see them.
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <signal.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <thread>

using namespace cordon::test;
namespace fs = std::filesystem;

namespace {

/// Says "up", then waits for its input to end.
const words waiting{"/bin/sh", "-c", "echo up; read line; exit 5"};
/// The same, after calls that trap, one of them refused.
const words trapping{"/bin/sh", "-c",
                     "chmod 700 /bin 2>&-; echo up; read line; exit 5"};

/// The same two, but that they wait for their end only.
const words staying{"/bin/sh", "-c", "echo up; sleep 1000"};
const words staying_after_traps{"/bin/sh", "-c",
                                "chmod 700 /bin 2>&-; echo up; sleep 1000"};

command service(const world& place, const std::string& face,
                const std::string& name, const words& program) {
  return place.outside(
      words{programs::service("single"), programs::keeper(), face, name}
      + program);
}

bool says(const std::string& text, const std::string& part) {
  INFO(text << "\nexpected: " << part);
  const bool found = text.find(part) != std::string::npos;
  CHECK(found);
  return found;
}

std::string listed(const world& place) {
  return run(place.cordon({"ps", "--json"})).out;
}

/// What the runtime directory holds; none: nothing has made it.
long entries(const world& place) {
  const auto directory = place.runtime_directory() + "/cordon";
  return fs::exists(directory)
             ? std::distance(fs::directory_iterator(directory), {})
             : 0;
}

/// A service whose run is up.
class up {
public:
  up(const world& place, const std::string& face, const std::string& name,
     const words& program)
      : service_(service(place, face, name, program)) {
    REQUIRE(service_.wait_for("up\n"));
  }
  outcome end() {
    service_.close_input();
    return service_.wait();
  }
  outcome wait() {
    return service_.wait();
  }
  [[nodiscard]] pid_t pid() {
    return service_.pid();
  }

private:
  running service_;
};

} // namespace

TEST_CASE("a service's run is listed, shown and measured while it runs, and "
          "gone afterwards",
          "[e2e][status][embedded]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string face = GENERATE("actor", "plain");
  const bool traps = GENERATE(false, true);
  up box(place, face, "mine", traps ? trapping : waiting);

  const auto all = listed(place);
  says(all, "\"name\":\"mine\"");
  says(all, "\"pid\":" + std::to_string(box.pid()) + ",");
  const outcome shown = run(place.cordon({"inspect", "mine"}));
  CHECK(shown.code() == 0);
  says(shown.out, "name: mine\n");
  says(shown.out, "/bin/sh -c");
  CHECK(run(place.cordon({"inspect", "mine", "--toml"})).code() == 0);
  const auto figures = run(place.cordon({"stats", "mine", "--json"})).out;
  says(figures, "\"process_limit\":9");
  if (traps)
    says(figures, "\"fork\"");

  const outcome ended = box.end();
  CHECK(ended.code() == 5);
  CHECK(ended.err.empty());
  CHECK(listed(place).find("mine") == std::string::npos);
  CHECK(entries(place) == 0);
}

TEST_CASE("denials of a service's run are remembered for stats",
          "[e2e][status][embedded]") {
  const world place(GENERATE(from_range(everybody())));
  up box(place, GENERATE("actor", "plain"), "mine", trapping);

  // The program is answered first, the board written then.
  const auto until = std::chrono::steady_clock::now() + patience;
  std::string text;
  while ((text = run(place.cordon({"stats", "mine"})).out)
             .find("no write grant covers")
         == std::string::npos) {
    REQUIRE(std::chrono::steady_clock::now() < until);
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  says(text, "chmod");
  says(box.end().out, "1 refused\n");
}

TEST_CASE("kill by name ends a service's run, and not the service",
          "[e2e][status][embedded]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string face = GENERATE("actor", "plain");
  up box(place, face, "mine", GENERATE(staying, staying_after_traps));

  const outcome killed = run(place.cordon({"kill", "mine"}));

  CHECK(killed.code() == 0);
  CHECK(killed.err.empty());
  const outcome ended = box.wait();
  CHECK(ended.code() == 100);
  says(ended.out, " refused\n");
  CHECK(entries(place) == 0);
}

TEST_CASE("a run without a name gets one from its program",
          "[e2e][status][embedded]") {
  const world place(GENERATE(from_range(everybody())));
  up box(place, GENERATE("actor", "plain"), "-", waiting);

  says(listed(place), "\"name\":\"sh-" + std::to_string(box.pid()) + "\"");
  CHECK(box.end().code() == 5);
}

TEST_CASE("of two runs with one name the second fails with a line that says so",
          "[e2e][status][embedded]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string face = GENERATE("actor", "plain");
  up first(place, face, "mine", waiting);

  const outcome second = run(service(place, face, "mine", {"/bin/echo", "x"}));

  CHECK(second.code() == 3);
  CHECK(second.out.empty());
  says(second.err, "is called 'mine' already");
  says(second.err, "process " + std::to_string(first.pid()));
  CHECK(first.end().code() == 5);
  CHECK(run(service(place, face, "mine", {"/bin/true"})).code() == 0);
}

TEST_CASE("a name that is none is refused before anything is tried",
          "[e2e][status][embedded]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string face = GENERATE("actor", "plain");
  const outcome odd = run(service(place, face, "../x", {"/bin/true"}));
  CHECK(odd.code() == 3);
  says(odd.err, "is not a name");
}

TEST_CASE("a run that shall not be shown leaves nothing to see",
          "[e2e][status][embedded]") {
  const world place(GENERATE(from_range(everybody())));
  up box(place, GENERATE("actor", "plain"), "none", trapping);

  CHECK(listed(place).find("\"name\"") == std::string::npos);
  CHECK(entries(place) == 0);
  CHECK(box.end().code() == 5);
  CHECK(entries(place) == 0);
}

TEST_CASE("what a killed service leaves is not listed, and removed by ps",
          "[e2e][status][embedded]") {
  const world place(GENERATE(from_range(everybody())));
  up box(place, GENERATE("actor", "plain"), "mine",
         GENERATE(waiting, trapping));

  ::kill(box.pid(), SIGKILL);
  CHECK(box.wait().code() == 128 + SIGKILL);

  REQUIRE(entries(place) == 1);
  CHECK(listed(place).find("mine") == std::string::npos);
  CHECK(entries(place) == 0);
}

TEST_CASE("a service's run goes on without a runtime directory to be seen in",
          "[e2e][status][embedded]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string face = GENERATE("actor", "plain");
  auto what = service(place, face, "mine", {"/bin/echo", "ran"});
  SECTION("as there is none") {
    for (auto& [name, value] : what.env)
      if (name == "XDG_RUNTIME_DIR")
        value = "/no/such/place";
    CHECK(run(what).err.empty());
  }
  SECTION("as others may enter it") {
    const auto directory
        = place.files().directory("runtime/cordon", place.who());
    REQUIRE(::chmod(directory.c_str(), 0777) == 0);
    says(run(what).err, directory);
  }
  const outcome ran = run(what);
  CHECK(ran.code() == 0);
  says(ran.out, "ran\n");
}
