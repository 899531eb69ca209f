// What a program is inside: nobody in particular, whoever started it.
#include "tests/support/probes.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <sys/xattr.h>

#include <iostream>

using namespace cordon::test;
using enum shown;

namespace {

const words identity_probe() {
  return {programs::target("identity")};
}

} // namespace

TEST_CASE("inside there is no capability, and none comes back",
          "[e2e][A-04.02]") {
  const world place(GENERATE(from_range(everybody())));
  const bool supervised = GENERATE(true, false);
  words options{"-r", "/proc"};
  if (!supervised)
    options.push_back("--no-supervisor");

  const answers inside = answers_of(place.confined(options, identity_probe()));

  INFO("as " << place.who().name << (supervised ? "" : ", no supervisor"));
  for (const char* set : {"effective", "permitted", "inheritable", "ambient"}) {
    INFO(set);
    CHECK(inside.at(set) == "0");
  }
  for (const char* line : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) {
    INFO(line);
    CHECK(inside.at(line) == "0000000000000000");
  }
  CHECK(inside.at("NoNewPrivs") == "1");
  CHECK(inside.at("Seccomp") == "2");
  CHECK(std::stoi(inside.at("Seccomp_filters")) >= 1);
  for (const char* attempt : {"setuid", "setresuid", "setgid", "setgroups",
                              "setfsuid", "capset", "unlock_securebits"}) {
    INFO(attempt);
    CHECK(inside.at(attempt) == "EPERM");
  }
}

TEST_CASE("started by root, even what root could regain is gone", "[e2e]") {
  if (!ourselves().is_root()) {
    std::cout << "SKIPPED: only root has something to lose\n";
    return;
  }
  const world place(ourselves());

  const answers outside = answers_of(place.outside(identity_probe()));
  const answers inside
      = answers_of(place.confined({"-r", "/proc"}, identity_probe()));

  CHECK(outside.at("effective") != "0");
  CHECK(outside.at("bounding") != "0");
  CHECK(outside.at("setuid") == "ok");
  CHECK(outside.at("unlock_securebits") == "ok");
  CHECK(inside.at("bounding") == "0");
  CHECK(inside.at("CapBnd") == "0000000000000000");
  // NOROOT, NO_SETUID_FIXUP, NO_CAP_AMBIENT_RAISE and their locks; KEEP_CAPS
  // only locked.
  CHECK(inside.at("securebits") == "ef");
  CHECK(inside.at("uid") == "0");
}

TEST_CASE("a program that hides its memory runs to its end",
          "[e2e][abuse-37]") {
  const world place(GENERATE(from_range(everybody())));

  const answers outside = answers_of(place.outside(identity_probe()));
  const answers inside = answers_of(place.confined({}, identity_probe()));

  CHECK(outside.at("dumpable") == "0");
  CHECK(inside.at("dumpable") == "0");
  CHECK(inside.at("set_not_dumpable") == "ok");
}

TEST_CASE("a program that may be run but not read runs as outside",
          "[e2e][abuse-37]") {
  const world place(unprivileged());
  const std::string program = place.files().file(
      "unreadable", read_file(programs::target("act")), ourselves(), 0111);

  const outcome outside = run(place.outside({program, "socket", "1"}));
  const outcome inside
      = run(place.confined({"-r", program}, {program, "socket", "1"}));

  CHECK(outside.out == "socket 1=ok\n");
  CHECK(inside.out == outside.out);
  CHECK(inside.code() == 0);
}

TEST_CASE("a set-user-ID program gains nothing inside", "[e2e][abuse-56]") {
  if (!ourselves().is_root()) {
    std::cout
        << "SKIPPED: only root can make a set-user-ID program of root's\n";
    return;
  }
  const world place(unprivileged());
  const std::string program = place.files().file(
      "setuid", read_file(programs::target("identity")), ourselves(), 04755);

  const answers outside = answers_of(place.outside({program}));
  const answers inside = answers_of(place.confined({"-r", program}, {program}));

  if (outside.at("effective_uid") != "0") {
    std::cout << "SKIPPED: /tmp is mounted nosuid\n";
    return;
  }
  CHECK(outside.at("secure_start") == "1");
  CHECK(inside.at("effective_uid") == std::to_string(place.who().uid));
  CHECK(inside.at("effective") == "0");
  CHECK(inside.at("setuid") == "EPERM");
}

TEST_CASE("a program with file capabilities gains nothing inside",
          "[e2e][abuse-56]") {
  if (!ourselves().is_root()) {
    std::cout << "SKIPPED: only root can give a file capabilities\n";
    return;
  }
  const world place(unprivileged());
  const std::string program = place.files().file(
      "capable", read_file(programs::target("identity")), ourselves(), 0755);
  // struct vfs_cap_data, version 2, effective: CAP_CHOWN to CAP_SETUID.
  const unsigned char capabilities[20] = {1, 0, 0, 2, 0xFF};
  if (::setxattr(program.c_str(), "security.capability", capabilities,
                 sizeof capabilities, 0)
      != 0) {
    std::cout << "SKIPPED: /tmp keeps no file capabilities\n";
    return;
  }

  const answers outside = answers_of(place.outside({program}));
  const answers inside = answers_of(place.confined({"-r", program}, {program}));

  CHECK(outside.at("effective") == "ff");
  CHECK(inside.at("effective") == "0");
  CHECK(inside.at("permitted") == "0");
}

TEST_CASE("no program of ours is set-user-ID or has capabilities",
          "[e2e][threat-32]") {
  for (const std::string& program : {programs::cordon(), programs::keeper()}) {
    struct stat status {};
    REQUIRE(::stat(program.c_str(), &status) == 0);
    CHECK((status.st_mode & (S_ISUID | S_ISGID)) == 0);
    char value[64];
    CHECK(
        ::getxattr(program.c_str(), "security.capability", value, sizeof value)
        < 0);
  }
}
