// What a grant gives, and what it does not: files, ports, groups of calls.
#include "tests/support/probes.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

using namespace cordon::test;

namespace {

/// What an `act` program says inside, in the order asked.
std::string acts(const world& place, const words& options, const words& pairs) {
  const outcome result
      = run(place.confined(options, words{programs::target("act")} + pairs));
  INFO(result.err);
  CHECK(result.code() == 0);
  return result.out;
}

} // namespace

TEST_CASE("what is granted for reading can be read and run, not changed",
          "[e2e][A-05.01][A-05.02][A-05.04][A-01.04][A-03.04]") {
  const world place(GENERATE(from_range(everybody())));
  const auto& who = place.who();
  const std::string tree = place.files().directory("tree", who);
  const std::string file = place.files().file("tree/file", "text", who);
  const std::string program
      = place.files().file("tree/program", read_file("/bin/true"), who, 0755);

  const std::string said
      = acts(place, {"--fs-read", tree},
             {"read",   file,    "read",         tree,        "execute",
              program,  "write", file,           "create",    tree + "/new",
              "remove", file,    "mkdir",        tree + "/d", "truncate",
              file,     "read",  place.secret(), "execute",   place.secret()});

  CHECK(said
        == "read " + file + "=ok\nread " + tree + "=ok\nexecute " + program
               + "=ok\nwrite " + file + "=EACCES\ncreate " + tree
               + "/new=EACCES\nremove " + file + "=EACCES\nmkdir " + tree
               + "/d=EACCES\ntruncate " + file + "=EACCES\nread "
               + place.secret() + "=EACCES\nexecute " + place.secret()
               + "=EACCES\n");
}

TEST_CASE("what is granted for writing can be changed in every way",
          "[e2e][A-05.03]") {
  const world place(GENERATE(from_range(everybody())));
  const auto& who = place.who();
  const std::string tree = place.files().directory("tree", who);
  const std::string file = place.files().file("tree/file", "text", who);
  const words pairs{"write",    file,
                    "create",   tree + "/new",
                    "mkdir",    tree + "/d",
                    "rename",   tree + "/new>" + tree + "/d/moved",
                    "link",     tree + "/d/moved>" + tree + "/again",
                    "symlink",  tree + "/s",
                    "fifo",     tree + "/f",
                    "remove",   tree + "/d/moved",
                    "rmdir",    tree + "/d",
                    "truncate", file};

  const std::string said = acts(place, {"--fs-write", tree}, pairs);

  std::string expected;
  for (std::size_t i = 0; i < pairs.size(); i += 2)
    expected += pairs[i] + " " + pairs[i + 1] + "=ok\n";
  CHECK(said == expected);
  CHECK(read_file(file).empty());
}

TEST_CASE("a rule may name a file, a device or a FIFO, without waiting",
          "[e2e][A-05.05]") {
  const world place(GENERATE(from_range(everybody())));
  const auto& who = place.who();
  const std::string file = place.files().file("file", "text", who);
  const std::string fifo = place.inside() + "/fifo";
  REQUIRE(run(place.outside({"mkfifo", fifo})).code() == 0);

  const std::string said
      = acts(place, {"-r", file, "-r", fifo, "-w", "/dev/null"},
             {"read", file, "write", "/dev/null"});

  CHECK(said == "read " + file + "=ok\nwrite /dev/null=ok\n");
}

TEST_CASE("a renamed or linked file takes no rights along",
          "[e2e][threat-22]") {
  const world place(GENERATE(from_range(everybody())));
  const auto& who = place.who();
  const std::string readable = place.files().directory("readable", who);
  const std::string file = place.files().file("readable/file", "text", who);
  const std::string& secret = place.secret();

  const std::string said
      = acts(place, {"-r", readable},
             {"link", file + ">" + place.inside() + "/file", "rename",
              file + ">" + place.inside() + "/file", "link",
              secret + ">" + place.inside() + "/secret", "rename",
              secret + ">" + place.inside() + "/secret"});

  CHECK(said.find("=ok") == std::string::npos);
  CHECK(read_file(file) == "text");
}

TEST_CASE("option --extra-deny-syscall refuses a call or a whole group",
          "[e2e][A-04.09]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string file
      = place.files().file("inside/file", "text", place.who());

  CHECK(acts(place, {"--extra-deny-syscall", "mkdir"},
             {"mkdir", place.inside() + "/d"})
        == "mkdir " + place.inside() + "/d=EPERM\n");
  CHECK(acts(place, {"--extra-deny-syscall", "metadata"}, {"chmod", file})
        == "chmod " + file + "=EPERM\n");
}

TEST_CASE(
    "metadata changes are for write grants; the option opens them everywhere",
    "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string file
      = place.files().file("inside/file", "text", place.who());
  const std::string other
      = place.files().file("outside/file", "text", place.who());
  const words calls{"chmod", "fchmod", "chown", "utime", "futime", "setxattr"};
  words pairs;
  for (const std::string& call : calls)
    for (const std::string& each : {file, other})
      pairs.insert(pairs.end(), {call, each});

  const answers free
      = answers_of(place.outside(words{programs::target("act")} + pairs));
  const words reading{"-r", other};
  const answers closed = parse_answers(acts(place, reading, pairs));
  const answers alone
      = parse_answers(acts(place, reading + words{"--no-supervisor"}, pairs));
  const answers open = parse_answers(
      acts(place, reading + words{"--extra-allow-syscall", "metadata"}, pairs));

  for (const std::string& call : calls) {
    const auto about = [&](const std::string& path) {
      std::string name = call;
      return name.append(" ").append(path);
    };
    const std::string granted = about(file);
    const std::string readable = about(other);
    INFO(granted << " outside " << free.at(granted));
    CHECK(closed.at(granted) == free.at(granted));
    CHECK(closed.at(readable) == "EACCES");
    CHECK(alone.at(granted) == "EPERM");
    CHECK(open.at(granted) == free.at(granted));
    CHECK(open.at(readable) == free.at(readable));
  }
  CHECK(free.at("chmod " + file) == "ok");
}

TEST_CASE("option --extra-allow-syscall opens System V IPC, which is closed",
          "[e2e][A-04.08]") {
  const world place(GENERATE(from_range(everybody())));
  const words program{"/usr/bin/perl", "-e",
                      "my $id = shmget(0, 4096, 0600); "
                      "print defined $id ? 'ok' : $!{EPERM} ? 'EPERM' : $!; "
                      "shmctl($id, 0, 0) if defined $id"};

  CHECK(run(place.confined({}, program)).out == "EPERM");
  CHECK(run(place.confined({"--extra-allow-syscall", "sysv_ipc"}, program)).out
        == "ok");
}

TEST_CASE("a granted port can be bound and listened on, others cannot",
          "[e2e]") {
  const world place(GENERATE(from_range(everybody())));

  const std::string said
      = acts(place, {"--net-allow-bind", "20961,20963-20964"},
             {"bind", "20961", "bind", "20962", "bind", "20964", "listen", ""});

  CHECK(said
        == "bind 20961=ok\nbind 20962=EACCES\nbind 20964=ok\nlisten =EACCES\n");
  CHECK(acts(place, {}, {"bind", "20961", "listen", ""})
        == "bind 20961=EACCES\nlisten =EACCES\n");
}

TEST_CASE("granting /proc or /sys warns", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  for (const char* path : {"/proc", "/sys"}) {
    INFO(path);
    const outcome result = run(place.confined({"-r", path}, {"/bin/true"}));
    CHECK(result.code() == 0);
    CHECK(result.err.find("warning") != std::string::npos);
    CHECK(result.err.find(path) != std::string::npos);
  }
}

TEST_CASE("what is disabled is not enforced, and the run says so", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  const words pairs{"bind", "20970"};

  const outcome strict
      = run(place.confined({}, words{programs::target("act")} + pairs));
  const outcome disabled = run(place.confined(
      {"--disable", "net-tcp"}, words{programs::target("act")} + pairs));

  CHECK(strict.out == "bind 20970=EACCES\n");
  CHECK(disabled.out == "bind 20970=ok\n");
  CHECK(disabled.err.find("net-tcp") != std::string::npos);
}
