// The options of `cordon run` that are not grants, one by one.
#include "tests/support/probes.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <iostream>

using namespace cordon::test;

namespace {

std::string shell(const world& place, const words& options,
                  const std::string& script) {
  return run(place.confined(options, {"/bin/sh", "-c", script})).out;
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
    return shell(place, options, "grep stack /proc/self/maps");
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
    return shell(place, options, "grep " + key + ": /proc/self/status");
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

TEST_CASE("option -v says more, -i and --name change nothing", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  const words program{"/bin/echo", "x"};

  CHECK_FALSE(run(place.confined({"-v"}, program)).err.empty());
  CHECK(run(place.confined({"-i", "--name", "some.name-1_A"}, program)).out
        == "x\n");
}

TEST_CASE("option --gpu tells the program which devices it has", "[e2e]") {
  const world place(GENERATE(from_range(everybody())));
  const auto seen = [&](const words& options) {
    command made = place.confined(options, {"/bin/sh", "-c",
                                            "echo ${CUDA_VISIBLE_DEVICES-none} "
                                            "${ROCR_VISIBLE_DEVICES-none}"});
    made.env.emplace_back("CUDA_VISIBLE_DEVICES", "7");
    return run(made).out;
  };

  CHECK(seen({}) == "7 none\n");
  CHECK(seen({"--gpu", "all"}) == "7 none\n");
  CHECK(seen({"--gpu", "0,2"}) == "0,2 0,2\n");
}

TEST_CASE("option --gpu opens the device of its number, and no other",
          "[e2e]") {
  if (!ourselves().is_root()) {
    std::cout << "SKIPPED: only root can make devices\n";
    return;
  }
  const world place(GENERATE(from_range(everybody())));
  // Made up: they are /dev/null by other names, which no driver has.
  struct device {
    std::string path;
    explicit device(const std::string& number)
        : path("/dev/nvidia" + number) {
      REQUIRE(::mknod(path.c_str(), S_IFCHR | 0666, makedev(1, 3)) == 0);
      REQUIRE(::chmod(path.c_str(), 0666) == 0);
    }
    device(const device&) = delete;
    device& operator=(const device&) = delete;
    ~device() {
      ::unlink(path.c_str());
    }
  };
  const device granted("1017"), other("1018");
  const auto opens = [&](const words& options) {
    return run(place.confined(options, {"/bin/sh", "-c",
                                        "for n in 1017 1018; do { : > "
                                        "/dev/nvidia$n; } 2>/dev/null && echo "
                                        "$n; done"}))
        .out;
  };

  CHECK(opens({}).empty());
  CHECK(opens({"--gpu", "1017"}) == "1017\n");
  CHECK(opens({"--gpu", "1018,1017"}) == "1017\n1018\n");
  // "all" means what drivers make: 0 to 15.
  CHECK(opens({"--gpu", "all"}).empty());
}
