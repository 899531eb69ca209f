// What processes do to each other, carried out by the supervisor.
#include "tests/support/outside.hpp"
#include "tests/support/probes.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

using namespace cordon::test;
using enum shown;

TEST_CASE("limits, priorities and scheduling of own processes agree, whatever "
          "the arguments",
          "[e2e][lane][others]") {
  const world place(GENERATE(from_range(everybody())));
  const words program{programs::target("changes_of_others")};

  const outcome outside = run(place.bare(program));
  const outcome inside = run(place.confined({}, program));

  INFO(inside.err);
  CHECK(outside.code() == 0);
  CHECK(inside.code() == 0);
  CHECK(differences(outside.out, inside.out) == "");
  CHECK(inside.out.size() > 10'000);
}

TEST_CASE("below ABI 6 signals among own processes agree, whatever the "
          "arguments",
          "[e2e][lane][others][threat-16]") {
  const world place(GENERATE(from_range(everybody())));
  const int abi = GENERATE(5, 6);
  const words program{programs::target("changes_of_others"), "signals=1"};

  const outcome outside = run(place.bare(program));
  const outcome inside = run(place.confined_on(abi, {}, program));

  INFO("ABI " << abi << inside.err);
  CHECK(outside.code() == 0);
  CHECK(inside.code() == 0);
  CHECK(differences(outside.out, inside.out) == "");
}

TEST_CASE("below ABI 6 signals from inside reach nobody outside",
          "[e2e][lane][others][threat-16]") {
  const world place(GENERATE(from_range(everybody())));
  const victim other(place.who());
  const words program{programs::target("signals"),
                      "pid=" + std::to_string(other.pid())};

  const answers inside
      = answers_of(place.confined_on(5, {}, program + words{"confined=1"}));
  CHECK(other.alive());
  CHECK(other.signals() == 0);
  const answers outside = answers_of(place.outside(program));
  CHECK(other.signals() > 0);

  const int proofs
      = compare({{"kill", "ok", "EPERM"},
                 {"tkill", "ok", "EPERM"},
                 {"tgkill", "ok", "EPERM"},
                 {"rt_sigqueueinfo", "ok", "EPERM"},
                 {"rt_tgsigqueueinfo", "ok", "EPERM"},
                 {"pidfd_send_signal", "ok", "EPERM"},
                 {"kill_group", "ok", "EPERM"},
                 {"kill_parent", "ok", "EPERM", to_root},
                 {"kill_init", "ok", "EPERM", to_root},
                 {"set_owner", "ok", "EPERM"},
                 {"asynchronous_input", "ok", "ok", nowhere},
                 {"timer_for_another", "EINVAL", "EINVAL|EPERM", nowhere},
                 {"kill_self", "ok", "ok", nowhere},
                 {"pidfd_send_self", "ok", "ok|EBADF", nowhere},
                 {"kill_child", "ok", "ok", nowhere},
                 {"kill_everybody", "(no answer)", "ok", nowhere},
                 {"kill_everybody_dead", "(no answer)", "ok", nowhere},
                 {"kill_own_group", "(no answer)", "ok", nowhere}},
                place.who(), outside, inside);
  CHECK(proofs >= 8);
}

TEST_CASE("programs that change others work: renice, taskset, prlimit, ionice, "
          "chrt, chattr",
          "[e2e][lane][others]") {
  const world place(GENERATE(from_range(everybody())));
  // What each says is compared; a file system without such flags says so.
  const std::string script
      = "sleep 60 & p=$!; renice -n 5 -p $p | sed 's/^[0-9]*//'; "
        "taskset -pc 0 $p | sed 's/^[^:]*//' | tail -n 1; "
        "prlimit --pid $p --nofile=50:60; "
        "prlimit --pid $p --nofile -o SOFT,HARD --noheadings; "
        "ionice -c 3 -p $p; ionice -p $p; "
        "chrt -b -p 0 $p; chrt -p $p | sed 's/^[^:]*//'; "
        "nice -n 3 sh -c nice; kill $p; "
        "touch f; chattr +d f; lsattr f | cut -c 1-20; rm -f f; true";

  const outcome outside
      = run(place.bare({"/bin/sh", "-c", script}, place.fresh("bare")));
  const outcome inside = run(place.confined(
      {"-r", "/usr", "-r", "/bin", "--cwd", place.fresh("walled")},
      {"/bin/sh", "-c", script}));

  CHECK(outside.out + outside.err == inside.out + inside.err);
  CHECK(inside.out.find("60") != std::string::npos);
}

TEST_CASE("inode flags change beneath a write grant only",
          "[e2e][lane][others]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string readable
      = place.files().file("readable", "text", place.who());
  place.files().file("inside/own", "text", place.who());
  // FS_IOC_GETFLAGS, FS_IOC_SETFLAGS with FS_NODUMP_FL.
  const words program{"/usr/bin/python3", "-c",
                      "import fcntl, os, sys\n"
                      "for name in sys.argv[1:]:\n"
                      "  fd = os.open(name, os.O_RDONLY)\n"
                      "  try:\n"
                      "    b = bytearray(8)\n"
                      "    fcntl.ioctl(fd, 0x80086601, b)\n"
                      "    b[0] ^= 0x40\n"
                      "    fcntl.ioctl(fd, 0x40086602, bytes(b))\n"
                      "    print('changed')\n"
                      "  except OSError as e: print(e.strerror)\n",
                      place.inside() + "/own", readable};

  const outcome outside = run(place.outside(program));
  const outcome inside
      = run(place.confined({"-p", "python", "-r", readable}, program));

  INFO(inside.err);
  if (outside.out != "changed\nchanged\n") {
    WARN("SKIPPED: this file system keeps no inode flags: " << outside.out);
    return;
  }
  CHECK(inside.out == "changed\nPermission denied\n");
}
