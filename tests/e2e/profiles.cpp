// Profiles: shipped, stored and in files.
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <filesystem>

using namespace cordon::test;

namespace {

void check_line(const outcome& result, const words& named) {
  INFO(result.err);
  CHECK(result.code() == 2);
  CHECK(result.error_lines() == 1);
  CHECK(result.err.starts_with("cordon: "));
  for (const std::string& part : named) {
    INFO("expected: " << part);
    CHECK(result.err.find(part) != std::string::npos);
  }
}

command with_file(const world& place, const std::string& path,
                  const words& more = {}) {
  return place.cordon(words{"run", "--profile-file", path} + more);
}

} // namespace

TEST_CASE("every shipped profile starts and ends true", "[e2e][profiles]") {
  const world place(GENERATE(from_range(everybody())));
  const outcome list = run(place.cordon({"profile", "list"}));
  CHECK(list.code() == 0);

  for (const char* name : {"base", "python", "build"}) {
    INFO(name);
    CHECK(list.out.find(name) != std::string::npos);
    for (const words& how : {words{}, words{"--no-supervisor"}})
      CHECK(run(place.cordon(words{"run", "-p", name} + how
                             + words{"--", "true"}))
                .code()
            == 0);
    CHECK(run(place.cordon({"run", "-p", name, "--", "false"})).code() == 1);
  }
}

TEST_CASE("a shipped profile grants nothing of the user's", "[e2e][profiles]") {
  const world place(GENERATE(from_range(everybody())));
  for (const char* name : {"base", "python", "build"}) {
    INFO(name);
    const outcome result = run(place.cordon({"run",
                                             "-p",
                                             name,
                                             "-r",
                                             programs::target_directory(),
                                             "--",
                                             programs::target("act"),
                                             "read",
                                             place.secret(),
                                             "read",
                                             place.files() / "home",
                                             "create",
                                             place.files() / "home/new",
                                             "read",
                                             "/etc/shadow",
                                             "create",
                                             "/tmp/cordon-test-new",
                                             "bind",
                                             "20931",
                                             "read",
                                             "/proc/self/status"}));
    CHECK(result.code() == 0);
    CHECK(result.out.find("=ok") == std::string::npos);
  }
}

TEST_CASE("a profile that is saved is listed, shown, used and deleted",
          "[e2e][profiles][A-01.06][A-01.32]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string text = "include = [\"base\"]\n"
                           "[program]\nexec = \"/bin/echo\"\n"
                           "args = [\"from\", \"the profile\"]\n";
  command save = place.cordon({"profile", "save", "mine", "-"});
  save.input = text;

  CHECK(run(place.cordon({"profile", "list"})).out.find("mine")
        == std::string::npos);
  const outcome saved = run(save);
  INFO(saved.err);
  REQUIRE(saved.code() == 0);
  CHECK(run(place.cordon({"profile", "list"})).out.find("mine")
        != std::string::npos);
  CHECK(run(place.cordon({"profile", "show", "mine"})).out == text);
  CHECK(read_file(place.config_directory() + "/cordon/profiles/mine.toml")
        == text);
  CHECK(run(place.cordon({"run", "-p", "mine"})).out == "from the profile\n");
  CHECK(run(place.cordon({"profile", "delete", "mine"})).code() == 0);
  CHECK(run(place.cordon({"profile", "show", "mine"})).code() != 0);
  CHECK(run(place.cordon({"run", "-p", "mine"})).code() == 2);
}

TEST_CASE("a profile that is not valid is not saved", "[e2e][profiles]") {
  const world place(unprivileged());
  const std::string good = "include = [\"base\"]\n";
  command save = place.cordon({"profile", "save", "mine", "-"});
  save.input = good;
  REQUIRE(run(save).code() == 0);

  save.input = "[filesystem]\nread = 7\n";
  const outcome bad = run(save);

  check_line(bad, {"filesystem.read", ":2:"});
  CHECK(run(place.cordon({"profile", "show", "mine"})).out == good);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(
           place.config_directory() + "/cordon/profiles"))
    ++files;
  CHECK(files == 1);
}

TEST_CASE("names of profiles cannot leave their directory", "[e2e][profiles]") {
  const world place(unprivileged());
  for (const char* name :
       {"../escape", "/etc/passwd", "..", ".hidden", "a/b", "", "-x"}) {
    INFO(name);
    command save = place.cordon({"profile", "save", name, "-"});
    save.input = "include = [\"base\"]\n";
    CHECK(run(save).code() == 2);
    CHECK(run(place.cordon({"profile", "delete", name})).code() == 2);
    CHECK(run(place.cordon({"profile", "show", name})).code() == 2);
    CHECK(run(place.cordon({"run", "-p", name, "--", "true"})).code() == 2);
  }
}

TEST_CASE("an error in a profile gives file, line, column and key",
          "[e2e][profiles][A-02.02]") {
  const world place(unprivileged());
  struct row {
    const char* text;
    words named;
  };
  const std::vector<row> rows{
      {"[filesystem]\nread = \"/usr\"\n", {":2:8", "filesystem.read"}},
      {"[filesystem]\nread = [\"/usr\", 7]\n", {":2:", "filesystem.read"}},
      {"\n[filesystem]\nread = [\"\"]\n", {":3:", "filesystem.read"}},
      {"[network]\nallow = [\"example.org\"]\n", {":2:", "network.allow"}},
      {"[network]\nallow_bind = [70000]\n", {":2:", "network.allow_bind"}},
      {"[limits]\ntimeout = 0\n", {":2:", "limits.timeout"}},
      {"[limits]\nopen_files = -1\n", {":2:", "limits.open_files"}},
      {"[limits]\nmemory = \"1G\"\n", {":2:", "limits.memory"}},
      {"[program]\nuid = 0\n", {"program"}},
      {"[program]\nenv = { A = 1 }\n", {":2:", "program.env"}},
      {"[syscalls]\nextra_deny = [\"no_call\"]\n", {":2:", "no_call"}},
      {"[syscalls]\nextra_allow = [\"mount\"]\n", {":2:", "mount"}},
      {"[protections]\ndisable = [\"fs-refer\"]\n", {":2:", "fs-refer"}},
      {"[no_section]\nkey = 1\n", {":1:", "no_section"}},
      {"no_key = 1\n", {":1:", "no_key"}},
      {"isolation = \"strict\"\n", {":1:", "isolation"}},
      {"include = [\"no-such-profile\"]\n", {":1:", "no-such-profile"}},
      {"[filesystem\n", {":1:"}},
      {"[filesystem]\nread = []\nread = []\n", {":3:"}},
      {"key = \"\xff\xfe\"\n", {":1:"}},
  };
  for (const row& each : rows) {
    INFO(each.text);
    const std::string path
        = place.files().file("bad.toml", each.text, place.who());
    check_line(run(with_file(place, path, {"--", "true"})),
               words{path} + each.named);
  }
}

TEST_CASE("a profile file that cannot be read gives one line",
          "[e2e][profiles]") {
  const world place(unprivileged());

  check_line(run(with_file(place, "/no/such/file.toml", {"--", "true"})),
             {"/no/such/file.toml"});
  check_line(run(with_file(place, "/", {"--", "true"})), {});
  check_line(run(place.cordon({"run", "-p", "base", "--profile-file",
                               "/dev/null", "--", "true"})),
             {"--profile"});
}

TEST_CASE("options add to the lists of a profile and override the rest",
          "[e2e][profiles][A-01.29][A-01.30]") {
  const world place(GENERATE(from_range(everybody())));
  const auto& who = place.who();
  const std::string from_profile = place.files().file("one", "1", who);
  const std::string from_option = place.files().file("two", "2", who);
  const std::string path = place.files().file(
      "profile.toml",
      "include = [\"base\"]\n[program]\nexec = \"/bin/cat\"\nargs = [\""
          + from_profile
          + "\"]\nenv = { NAME = \"profile\", OTHER = \"kept\" }\n"
            "cwd = \"/usr\"\n[filesystem]\nread = [\""
          + from_profile + "\"]\n[limits]\nopen_files = 50\n",
      who);

  CHECK(run(with_file(place, path)).out == "1");
  CHECK(run(with_file(
                place, path,
                {"-r", from_option, "--", "cat", from_profile, from_option}))
            .out
        == "12");
  const words script{"--", "/bin/sh", "-c",
                     "echo $NAME $OTHER; pwd; ulimit -n"};
  CHECK(run(with_file(place, path, script)).out == "profile kept\n/usr\n50\n");
  CHECK(run(with_file(place, path,
                      words{"--env", "NAME=option", "--cwd", "/tmp",
                            "--max-open-files", "40"}
                          + script))
            .out
        == "option kept\n/tmp\n40\n");
}

TEST_CASE("an empty profile grants nothing at all",
          "[e2e][profiles][threat-20][A-02.03]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string empty = place.files().file("empty.toml", "", place.who());
  const std::string lists = place.files().file(
      "lists.toml",
      "[filesystem]\nread = []\nwrite = []\n[network]\nallow = []\n"
      "allow_bind = []\n[syscalls]\nextra_allow = []\n",
      place.who());
  for (const std::string& path : {empty, lists}) {
    CHECK(run(with_file(place, path, {"--", "/bin/true"})).code() == 126);
    const outcome only_program = run(
        with_file(place, path,
                  {"-r", programs::target_directory(), "--",
                   programs::target("act"), "read", "/etc/passwd", "read", "/",
                   "create", "/tmp/cordon-new", "bind", "20921", "connect",
                   "20921", "listen", ".", "chmod", place.inside()}));
    CHECK(only_program.code() == 0);
    CHECK(only_program.out.find("=ok") == std::string::npos);
  }
}

TEST_CASE("profiles that include each other are refused", "[e2e][profiles]") {
  const world place(unprivileged());
  for (const auto& [name, other] :
       {std::pair{"one", "two"}, std::pair{"two", "one"}}) {
    place.files().directory("config/cordon", place.who());
    place.files().directory("config/cordon/profiles", place.who());
    place.files().file("config/cordon/profiles/" + std::string(name) + ".toml",
                       "include = [\"" + std::string(other) + "\"]\n",
                       place.who());
  }

  const outcome result = run(place.cordon({"run", "-p", "one", "--", "true"}));

  check_line(result, {"include"});
}
