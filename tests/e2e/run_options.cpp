// The options of `cordon run`, one by one.
#include "tests/support/probes.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <iostream>

using namespace cordon::test;

namespace {

/// What an `act` program says inside, in the order asked.
std::string acts(const world& place, words options, words pairs) {
  const outcome result = run(place.confined(
      std::move(options), words{programs::target("act")} + pairs));
  INFO(result.err);
  CHECK(result.code() == 0);
  return result.out;
}

std::string shell(const world& place, words options,
                  const std::string& script) {
  return run(place.confined(std::move(options), {"/bin/sh", "-c", script})).out;
}

} // namespace

TEST_CASE("a program runs, and its output is its own",
          "[e2e][A-01.02][A-03.01]") {
  const world place(GENERATE(from_range(everybody())));

  const outcome result = run(place.confined({}, {"/bin/echo", "hello"}));

  CHECK(result.code() == 0);
  CHECK(result.out == "hello\n");
  CHECK(result.err.empty());
}

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
  const std::string secret = place.secret();

  const std::string said
      = acts(place, {"-r", readable},
             {"link", file + ">" + place.inside() + "/file", "rename",
              file + ">" + place.inside() + "/file", "link",
              secret + ">" + place.inside() + "/secret", "rename",
              secret + ">" + place.inside() + "/secret"});

  CHECK(said.find("=ok") == std::string::npos);
  CHECK(read_file(file) == "text");
}

TEST_CASE("option --cwd is where the program starts", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string there = place.files().directory("there", place.who());

  CHECK(shell(place, {"--cwd", there}, "/bin/pwd") == there + "\n");
  CHECK(shell(place, {}, "/bin/pwd") == place.inside() + "\n");
}

TEST_CASE("option --env adds and overrides, --clean-env starts from nothing",
          "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  command with_variable = place.confined(
      {"--env", "ADDED=a=b", "--env", "CHANGED=new"}, {"/usr/bin/env"});
  with_variable.env.emplace_back("CHANGED", "old");
  with_variable.env.emplace_back("KEPT", "kept");

  const outcome ours = run(with_variable);
  with_variable.argv.insert(with_variable.argv.begin() + 2, "--clean-env");
  const outcome clean = run(with_variable);

  for (const char* line : {"ADDED=a=b\n", "CHANGED=new\n", "KEPT=kept\n"}) {
    INFO(line);
    CHECK(ours.out.find(line) != std::string::npos);
  }
  CHECK(ours.out.find("CHANGED=old") == std::string::npos);
  CHECK(clean.out == "ADDED=a=b\nCHANGED=new\n");
}

TEST_CASE("option --exec-shell runs one command line", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  command made
      = place.cordon({"run", "-p", "base", "-e", "echo one; echo two; exit 3"});

  const outcome result = run(made);

  CHECK(result.out == "one\ntwo\n");
  CHECK(result.code() == 3);
}

TEST_CASE("option --max-open-files is the limit inside, above what is open",
          "[e2e][A-03.32][A-03.34][A-03.36]") {
  const world place(GENERATE(from_range(everybody())));

  CHECK(shell(place, {"--max-open-files", "64"}, "ulimit -n; ulimit -Hn")
        == "64\n64\n");
  CHECK(run(place.confined({"--max-open-files", "12"}, {"/bin/true"})).code()
        == 0);
  const outcome many = run(
      place.confined({"--max-open-files", "64"},
                     {"/bin/bash", "-c",
                      "for i in $(seq 10 80); do eval \"exec $i</dev/null\" "
                      "|| exit 9; done"}));
  CHECK(many.code() != 0);
}

TEST_CASE("option --max-open-files cannot be raised back inside",
          "[e2e][A-03.33][A-03.35]") {
  const world place(GENERATE(from_range(everybody())));

  const outcome raised = run(place.confined(
      {"--max-open-files", "64"}, {"/bin/sh", "-c", "ulimit -Hn 128"}));
  CHECK(raised.code() != 0);

  // More than we have ourselves is what we have.
  const std::string ours
      = run(place.outside({"/bin/sh", "-c", "ulimit -n"})).out;
  CHECK(shell(place, {"--max-open-files", "99999999"}, "ulimit -n") == ours);
}

TEST_CASE(
    "option --no-coredump forbids core dumps, which are as ever without it",
    "[e2e][A-03.38]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string ours
      = run(place.outside({"/bin/sh", "-c", "ulimit -c; ulimit -Hc"})).out;

  CHECK(shell(place, {"--no-coredump"}, "ulimit -c; ulimit -Hc") == "0\n0\n");
  CHECK(shell(place, {}, "ulimit -c; ulimit -Hc") == ours);
}

TEST_CASE("option --no-randomize-memory gives the same layout every time",
          "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  const auto layout = [&](words options) {
    options.insert(options.end(), {"-r", "/proc"});
    return shell(place, std::move(options), "grep stack /proc/self/maps");
  };

  const std::string first = layout({"--no-randomize-memory"});

  CHECK_FALSE(first.empty());
  CHECK(layout({"--no-randomize-memory"}) == first);
  // One of several differs, unless the kernel never randomizes.
  if (read_file("/proc/sys/kernel/randomize_va_space") != "0\n") {
    const std::string random = layout({});
    CHECK((layout({}) != random || layout({}) != random));
  }
}

TEST_CASE("option --no-huge-pages and --cpu-cores show in the program's status",
          "[e2e][A-01.08][A-03.31]") {
  const world place(GENERATE(from_range(everybody())));
  const auto status = [&](words options, const std::string& key) {
    options.insert(options.end(), {"-r", "/proc"});
    return shell(place, std::move(options),
                 "grep " + key + ": /proc/self/status");
  };

  CHECK(status({"--no-huge-pages"}, "THP_enabled") == "THP_enabled:\t0\n");
  CHECK(status({}, "THP_enabled") == "THP_enabled:\t1\n");
  CHECK(status({"--cpu-cores", "0"}, "Cpus_allowed_list")
        == "Cpus_allowed_list:\t0\n");
}

TEST_CASE("option --user is who the program seems to be",
          "[e2e][A-01.19][A-01.20][A-03.27][A-03.28][A-03.29][A-03.30]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string us = std::to_string(place.who().uid);
  const std::string group = std::to_string(place.who().gid);

  CHECK(shell(place, {}, "id -u; id -g") == us + "\n" + group + "\n");
  CHECK(shell(place, {"--user", us + ":" + group}, "id -u; id -g")
        == us + "\n" + group + "\n");
  if (run(place.outside({"unshare", "-U", "/bin/true"})).code() != 0) {
    std::cout << "SKIPPED: user namespaces are not available\n";
    return;
  }
  CHECK(shell(place, {"--user", "0:0"}, "id -u; id -g") == "0\n0\n");
  CHECK(shell(place, {"--user", "1234:4321"}, "id -u; id -g")
        == "1234\n4321\n");
}

TEST_CASE("option --user gives no capability over the new namespace", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  if (run(place.outside({"unshare", "-U", "/bin/true"})).code() != 0) {
    std::cout << "SKIPPED: user namespaces are not available\n";
    return;
  }

  const answers inside = answers_of(
      place.confined({"--user", "0:0"}, {programs::target("identity")}));

  CHECK(inside.at("uid") == "0");
  for (const char* set : {"effective", "permitted", "inheritable", "ambient"})
    CHECK(inside.at(set) == "0");
  CHECK(inside.at("setuid") != "ok");
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
    "option --extra-allow-syscall opens the metadata group, which is closed",
    "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string file
      = place.files().file("inside/file", "text", place.who());
  const words calls{"chmod", "fchmod", "chown", "utime", "futime", "setxattr"};
  words pairs;
  for (const std::string& call : calls)
    pairs.insert(pairs.end(), {call, file});

  const answers free
      = answers_of(place.outside(words{programs::target("act")} + pairs));
  const answers closed = parse_answers(acts(place, {}, pairs));
  const answers open = parse_answers(
      acts(place, {"--extra-allow-syscall", "metadata"}, pairs));

  for (const std::string& call : calls) {
    const std::string name = call + " " + file;
    INFO(name << " outside " << free.at(name));
    CHECK(closed.at(name) == "EPERM");
    CHECK(open.at(name) == free.at(name));
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
      = acts(place, {"--net-allow-bind", "40961,40963-40964"},
             {"bind", "40961", "bind", "40962", "bind", "40964", "listen", ""});

  CHECK(said
        == "bind 40961=ok\nbind 40962=EACCES\nbind 40964=ok\nlisten =ok\n");
  CHECK(acts(place, {}, {"bind", "40961", "listen", ""})
        == "bind 40961=EACCES\nlisten =EACCES\n");
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

TEST_CASE("option -v says more, -i and --name change nothing", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  const words program{"/bin/echo", "x"};

  CHECK_FALSE(run(place.confined({"-v"}, program)).err.empty());
  CHECK(run(place.confined({"-i", "--name", "some.name-1_A"}, program)).out
        == "x\n");
}

TEST_CASE("what is disabled is not enforced, and the run says so", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  const words pairs{"bind", "40970"};

  const outcome strict
      = run(place.confined({}, words{programs::target("act")} + pairs));
  const outcome disabled = run(place.confined(
      {"--disable", "net-tcp"}, words{programs::target("act")} + pairs));

  CHECK(strict.out == "bind 40970=EACCES\n");
  CHECK(disabled.out == "bind 40970=ok\n");
  CHECK(disabled.err.find("net-tcp") != std::string::npos);
}
