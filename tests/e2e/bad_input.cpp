// Bad input: exit status 2 and exactly one line that names what is wrong.
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

using namespace cordon::test;

namespace {

void check_refused(const command& made, const words& named) {
  const outcome result = run(made);
  INFO(result.err);
  CHECK(result.code() == 2);
  CHECK(result.out.empty());
  CHECK(result.error_lines() == 1);
  CHECK(result.err.starts_with("cordon: "));
  for (const std::string& part : named) {
    INFO("expected: " << part);
    CHECK(result.err.find(part) != std::string::npos);
  }
}

struct bad_option {
  words options;
  /// What the line must quote.
  words named;
};

const std::vector<bad_option> bad_options{
    {{"--no-such-option"}, {"--no-such-option"}},
    {{"--fs-mount", "/data"}, {"--fs-mount", "VIRTUAL:HOST"}},
    {{"--fs-mount", "data:/srv"}, {"--fs-mount", "absolute"}},
    {{"--fs-mount", "/nowhere:/usr"}, {"--fs-mount", "/nowhere"}},
    {{"--chroot", "/does/not/exist"}, {"--chroot", "/does/not/exist"}},
    {{"--chroot", "/usr", "-r", "lib"}, {"--fs-read", "lib"}},
    {{"--no-supervisor", "--fs-deny", "/x"}, {"--fs-deny", "supervisor"}},
    {{"--fs-read", ""}, {"--fs-read"}},
    {{"--fs-write", ""}, {"--fs-write"}},
    {{"--fs-read", "/no/such/path"}, {"/no/such/path"}},
    {{"--fs-write", "/no/such/path"}, {"/no/such/path"}},
    {{"--max-open-files", "0"}, {"--max-open-files"}},
    {{"--max-open-files", "-1"}, {"--max-open-files", "-1"}},
    {{"--max-open-files", "many"}, {"--max-open-files", "many"}},
    {{"--max-open-files", "99999999999999999999"}, {"--max-open-files"}},
    {{"--timeout", "0"}, {"--timeout"}},
    {{"--timeout", "-1"}, {"--timeout"}},
    {{"--timeout", "nan"}, {"--timeout", "nan"}},
    {{"--timeout", "inf"}, {"--timeout", "inf"}},
    {{"--timeout", "soon"}, {"--timeout", "soon"}},
    {{"--timeout", "1e300"}, {"--timeout"}},
    {{"--env", "NOVALUE"}, {"--env", "NOVALUE"}},
    {{"--env", "=value"}, {"--env"}},
    {{"--name", ""}, {"--name"}},
    {{"--name", ".."}, {"--name"}},
    {{"--name", "a/b"}, {"--name", "a/b"}},
    {{"--name", std::string(65, 'x')}, {"--name"}},
    {{"--user", "1000"}, {"--user", "1000"}},
    {{"--user", "root:root"}, {"--user", "root:root"}},
    {{"--user", "1:2:3"}, {"--user"}},
    {{"--user", "-1:-1"}, {"--user"}},
    {{"--user", "4294967295:0"}, {"--user"}},
    {{"--cpu-cores", ""}, {"--cpu-cores"}},
    {{"--cpu-cores", "0,x"}, {"--cpu-cores", "x"}},
    {{"--cpu-cores", "99999"}, {"--cpu-cores"}},
    {{"--cpu-cores", "1023"}, {"--cpu-cores", "expected one of"}},
    {{"--gpu", "first"}, {"--gpu", "first"}},
    {{"--gpu", ""}, {"--gpu"}},
    {{"--net-allow", "80"}, {"--net-allow", "80"}},
    {{"--net-allow", ":0"}, {"--net-allow"}},
    {{"--net-allow", ":65536"}, {"--net-allow", "65536"}},
    {{"--net-allow", "example.org:443"}, {"--net-allow"}},
    {{"--net-allow", ":"}, {"--net-allow"}},
    {{"--net-allow", ""}, {"--net-allow"}},
    {{"--net-allow-bind", "http"}, {"--net-allow-bind", "http"}},
    {{"--net-allow-bind", "9-5"}, {"--net-allow-bind"}},
    {{"--net-allow-bind", ""}, {"--net-allow-bind"}},
    {{"--extra-deny-syscall", "no_such_call"}, {"no_such_call"}},
    {{"--extra-allow-syscall", "mount"}, {"mount"}},
    {{"--extra-allow-syscall", "no_group"}, {"no_group"}},
    {{"--extra-allow-syscall", "metadata", "--extra-deny-syscall", "chmod"},
     {"chmod", "metadata"}},
    {{"--extra-allow-syscall", "sysv_ipc", "--extra-deny-syscall", "sysv_ipc"},
     {"sysv_ipc"}},
    {{"--allow-degraded", "no-protection"}, {"no-protection", "signal-scope"}},
    {{"--disable", "no-protection"}, {"no-protection", "signal-scope"}},
    {{"--disable", "fs-refer"}, {"fs-refer"}},
    {{"--status-fd", "one"}, {"--status-fd", "one"}},
    {{"--status-fd", "-1"}, {"--status-fd"}},
    {{"--status-fd", "77"}, {"--status-fd", "77"}},
    {{"--profile-file", "/dev/null"}, {"--profile"}},
    {{"--no-supervisor", "--timeout", "1"}, {"--timeout"}},
    {{"--no-supervisor", "--status-fd", "1"}, {"--status-fd"}},
};

} // namespace

TEST_CASE("a bad option gives one line that quotes it",
          "[e2e][A-04.10][A-04.11][A-04.12][A-04.13][A-05.19][A-28.05]") {
  const world place(GENERATE(from_range(everybody())));
  for (const bad_option& each : bad_options) {
    std::string line;
    for (const std::string& word : each.options)
      line += word + " ";
    INFO(line);
    check_refused(place.confined(each.options, {"/bin/true"}), each.named);
  }
}

TEST_CASE("options that are not built do not exist", "[e2e]") {
  const world place(unprivileged());
  for (const char* option :
       {"--image", "--workdir", "--net-deny", "--net-deny-bind", "--max-memory",
        "-m", "--time-start", "--random-seed", "--dry-run", "--on-exit",
        "--http-allow", "--port-remap", "--num-cpus"}) {
    INFO(option);
    check_refused(place.confined({option}, {"/bin/true"}), {option});
  }
}

TEST_CASE("an option without its value gives one line", "[e2e]") {
  const world place(unprivileged());
  for (const char* option :
       {"-r", "-w", "--timeout", "--env", "--profile", "--status-fd"}) {
    INFO(option);
    check_refused(place.cordon({"run", option}), {});
  }
}

TEST_CASE("no command, or two, gives one line", "[e2e][A-01.31]") {
  const world place(unprivileged());

  check_refused(place.cordon({"run", "-p", "base"}), {"no command"});
  check_refused(
      place.cordon({"run", "-p", "base", "-e", "true", "--", "/bin/true"}),
      {"--exec-shell"});
}

TEST_CASE("an unknown command, or none, exits with 2", "[e2e][A-01.07]") {
  const world place(unprivileged());

  check_refused(place.cordon({"no-such-command"}), {"no-such-command"});
  const outcome none = run(place.cordon({}));
  CHECK(none.code() == 2);
  CHECK(none.out.empty());
  for (const char* command :
       {"run", "explain", "check", "list-syscalls", "profile"})
    CHECK(none.err.find(command) != std::string::npos);
}

TEST_CASE("bytes that would drive a terminal are escaped in messages",
          "[e2e]") {
  const world place(unprivileged());
  const std::string nasty = "/no/\x1b]0;title\x07\xff\n\r\x7f";

  const std::vector<command> all{
      place.confined({"--fs-read", nasty}, {"/bin/true"}),
      place.confined({"--env", "x" + nasty}, {"/bin/true"}),
      place.confined({"--name", nasty}, {"/bin/true"}),
      place.confined({"--" + nasty}, {"/bin/true"}),
      place.confined({}, {nasty}),
      place.confined({"--cwd", nasty}, {"/bin/true"}),
      place.cordon({nasty}),
      place.cordon({"profile", "show", nasty}),
      place.cordon({"profile", nasty}),
      place.cordon({"check", nasty}),
      place.cordon({"run", "--profile-file", nasty, "--", "/bin/true"}),
      place.cordon({"run", "--profile", nasty, "--", "/bin/true"}),
      place.cordon({"explain", nasty}),
      place.cordon({"explain", "-p", "base", "read", nasty}),
      place.cordon({"explain", "-p", "base", "syscall", nasty})};

  for (const command& made : all) {
    const outcome result = run(made);
    INFO(result.err << result.out);
    CHECK(result.code() != 0);
    for (const unsigned char byte : result.err + result.out) {
      INFO("byte " << static_cast<int>(byte));
      // Our own words may use UTF-8 (“…”); the bytes given here may not pass.
      CHECK((byte == '\n' || (byte >= 0x20 && byte != 0x7F)));
      CHECK(byte != 0xFF);
    }
  }
}

TEST_CASE("a write grant over cordon's own places is refused, naming both",
          "[e2e][threat-31]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string profiles = place.config_directory() + "/cordon/profiles";
  const std::string link = place.inside() + "/link";
  REQUIRE(
      run(place.outside({"ln", "-s", place.config_directory(), link})).code()
      == 0);
  const bool exists = GENERATE(false, true);
  if (exists) {
    place.files().directory("config/cordon", place.who());
    place.files().directory("config/cordon/profiles", place.who());
    place.files().directory("runtime/cordon", place.who());
  }

  struct row {
    std::string grant;
    std::string covered;
  };
  std::vector<row> rows{
      {place.config_directory(), profiles},
      {link, profiles},
      {place.config_directory() + "/../config", profiles},
      {place.files().path(), place.files().path()},
      {"/tmp", place.files().path()},
      {"/", place.files().path()},
      {place.runtime_directory(), place.runtime_directory() + "/cordon"},
      {programs::directory(), programs::directory()},
      {programs::cordon(), programs::cordon()},
      {programs::keeper(), programs::keeper()}};
  if (exists) {
    rows.push_back({profiles, profiles});
    rows.push_back({place.runtime_directory() + "/cordon",
                    place.runtime_directory() + "/cordon"});
  }
  for (const row& each : rows) {
    INFO(each.grant);
    check_refused(place.confined({"-w", each.grant}, {"/bin/true"}),
                  {each.grant, each.covered});
  }
}

TEST_CASE("a write grant beside cordon's own places is fine", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  place.files().directory("config/other", place.who());

  CHECK(run(place.confined({"-w", place.config_directory() + "/other"},
                           {"/bin/true"}))
            .code()
        == 0);
  CHECK(run(place.confined({"-r", place.config_directory()}, {"/bin/true"}))
            .code()
        == 0);
}
