// Processes outside a sandbox: they are not read, changed or signalled.
#include "tests/support/outside.hpp"
#include "tests/support/probes.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

using namespace cordon::test;
using enum shown;

namespace {

const std::vector<std::string> reaches{"attach",
                                       "seize",
                                       "process_vm_readv",
                                       "process_vm_writev",
                                       "memory_file_read",
                                       "memory_file_write",
                                       "kcmp",
                                       "move_pages",
                                       "get_robust_list",
                                       "environment",
                                       "root_link",
                                       "process_madvise",
                                       "pidfd_getfd"};

/// With a limit every new process is trapped: cordon becomes cordon-lane.
words either_supervisor() {
  return GENERATE(words{}, words{"-P", "60"});
}

} // namespace

TEST_CASE("other processes cannot be traced, read or robbed from inside",
          "[e2e][lane][abuse-43][abuse-44][threat-14][threat-15]") {
  const world place(GENERATE(from_range(everybody())));
  const words options = either_supervisor();
  const victim other(place.who());
  const std::string before = other.state();
  const words program{programs::target("tracing"),
                      "pid=" + std::to_string(other.pid()),
                      "address=" + other.address()};
  std::vector<std::string> names;
  for (const std::string& reach : reaches)
    for (const char* who : {"victim_", "keeper_", "supervisor_"})
      names.push_back(who + reach);

  const answers inside = answers_of(place.confined(
      options + words{"-r", "/proc"}, program + words{"supervised=1"}));
  CHECK(other.state() == before);
  const answers outside = answers_of(place.outside(program));

  for (const std::string& name : names) {
    INFO(name << " as " << place.who().name << ": " << inside.at(name));
    CHECK(is_one_of(inside.at(name), "EPERM|EACCES"));
  }
  int proofs = 0;
  for (const std::string& reach : reaches)
    proofs += outside.at("victim_" + reach) == "ok";
  // process_madvise of another needs CAP_SYS_NICE even outside.
  CHECK(proofs >= static_cast<int>(reaches.size()) - 1);
  CHECK(other.state() != before);
}

TEST_CASE("a sandbox's own processes can be traced, under the same filter",
          "[e2e][abuse-43][abuse-44]") {
  const world place(GENERATE(from_range(everybody())));
  const victim other(place.who());
  const words program{programs::target("tracing"),
                      "pid=" + std::to_string(other.pid()),
                      "address=" + other.address()};

  const answers outside = answers_of(place.outside(program));
  const answers inside = answers_of(place.confined({"-r", "/proc"}, program));

  for (const char* reach : {"attach", "seize", "process_vm_readv",
                            "process_vm_writev", "memory_file_read", "kcmp",
                            "get_robust_list", "environment", "pidfd_getfd"}) {
    INFO(reach << " as " << place.who().name);
    CHECK(inside.at(std::string("sibling_") + reach) == "ok");
  }
  // The filter looks again after a tracer changed the call.
  CHECK(outside.at("changed_call") == "EFAULT");
  CHECK(inside.at("changed_call") == "ENOSYS");
  CHECK(inside.at("suspend_seccomp") == "EPERM");
  if (place.who().is_root())
    CHECK(is_one_of(outside.at("suspend_seccomp"), "ok|EINVAL"));
}

TEST_CASE("signals from inside reach nobody outside",
          "[e2e][lane][abuse-45][threat-15][threat-16]") {
  const world place(GENERATE(from_range(everybody())));
  const words options = either_supervisor();
  const victim other(place.who());
  const words program{programs::target("signals"),
                      "pid=" + std::to_string(other.pid())};

  const answers inside
      = answers_of(place.confined(options, program + words{"confined=1"}));
  CHECK(other.alive());
  CHECK(other.signals() == 0);
  const answers outside = answers_of(place.outside(program));
  CHECK(other.signals() > 0);

  const int proofs = compare(
      {{"kill", "ok", "EPERM"},
       {"tkill", "ok", "EPERM"},
       {"tgkill", "ok", "EPERM"},
       {"rt_sigqueueinfo", "ok", "EPERM"},
       {"rt_tgsigqueueinfo", "ok", "EPERM"},
       {"pidfd_send_signal", "ok", "EPERM"},
       {"kill_group", "ok", "EPERM"},
       // Outside, that is the test itself.
       {"kill_parent", "ok", "EPERM", to_root},
       {"kill_init", "ok", "EPERM", to_root},
       // Setting an owner may work; the signal does not arrive (checked above).
       {"set_owner", "ok", "ok|EPERM", nowhere},
       {"asynchronous_input", "ok", "ok", nowhere},
       {"timer_for_another", "EINVAL", "EINVAL|EPERM", nowhere},
       {"kill_self", "ok", "ok", nowhere},
       {"pidfd_send_self", "ok", "ok|EBADF", nowhere},
       {"kill_child", "ok", "ok", nowhere},
       {"kill_everybody", "(no answer)", "ok", nowhere},
       {"kill_everybody_dead", "(no answer)", "ok", nowhere},
       {"kill_own_group", "(no answer)", "ok", nowhere}},
      place.who(), outside, inside);
  CHECK(proofs >= 7);
}

TEST_CASE("signals of files reach nobody outside, by a group either",
          "[e2e][lane][abuse-45][threat-15][threat-16]") {
  const world place(GENERATE(from_range(everybody())));
  // Below ABI 6 the supervisor stands in for the signal scope.
  const int abi = GENERATE(7, 5);
  const victim other(place.who());
  const words program{programs::target("signal_owners"),
                      "group=" + std::to_string(other.pid())};

  const answers inside = answers_of(place.confined_on(abi, {}, program));
  CHECK(other.alive());
  CHECK(other.signals() == 0);
  // Each of them aims at the group that the victim is in, and leads. (Signals
  // that wait for the victim's turn are one.)
  const answers outside = answers_of(place.outside(program));
  CHECK(other.signals() > 0);

  // With a scope the kernel lets them aim, and keeps the signal.
  const char* const aimed = abi < 6 ? "EPERM" : "ok";
  for (const char* name :
       {"setown", "setown_ex", "fiosetown", "siocspgrp",
        "setown of the process", "setown_ex of the process",
        "setown_ex of the thread", "set before, changed after"}) {
    INFO(name << " below ABI " << abi + 1);
    CHECK(outside.at(name) == "ok");
    CHECK(inside.at(name) == aimed);
  }
  for (const char* name : {"own process", "own process by structure",
                           "own thread by structure", "nobody"})
    CHECK(inside.at(name) == "ok");
}

TEST_CASE("limits and priorities of processes outside stay as they are",
          "[e2e][lane][abuse-46][threat-15]") {
  const world place(GENERATE(from_range(everybody())));
  const words options = either_supervisor();
  const victim other(place.who());
  const std::string before = other.state();
  const words program{programs::target("limits_of_others"),
                      "pid=" + std::to_string(other.pid())};

  const answers inside
      = answers_of(place.confined(options, program + words{"confined=1"}));
  CHECK(other.state() == before);
  const answers outside = answers_of(place.outside(program));
  CHECK(other.state() != before);

  const int proofs
      = compare({{"prlimit64", "ok", "EPERM"},
                 {"prlimit64_read", "ok", "ok|EPERM", nowhere},
                 {"setpriority", "ok", "EPERM"},
                 {"setpriority_group", "ok", "EPERM"},
                 // Inside, that is the sandbox's own.
                 {"setpriority_user", "ok|EACCES", "ok", nowhere},
                 {"ioprio_set", "ok", "EPERM"},
                 {"ioprio_set_user", "ok|EPERM", "ok|EPERM", nowhere},
                 {"sched_setaffinity", "ok", "EPERM"},
                 {"sched_setscheduler", "ok", "EPERM"},
                 {"sched_setparam", "ok", "EPERM"},
                 // After SCHED_IDLE the kernel lets only root go back.
                 {"sched_setattr", "ok", "EPERM", to_root},
                 {"migrate_pages", "ok", "EPERM", here},
                 {"move_pages", "ok", "EPERM", here},
                 {"own_prlimit64", "ok", "ok", nowhere},
                 {"own_setpriority", "ok", "ok", nowhere},
                 {"own_ioprio_set", "ok", "ok", nowhere},
                 {"own_sched_setaffinity", "ok", "ok", nowhere},
                 {"own_sched_setscheduler", "ok", "ok", nowhere}},
                place.who(), outside, inside);
  CHECK(proofs >= 8);
}

TEST_CASE("the programs that run the sandbox cannot be written from inside",
          "[e2e][threat-14]") {
  const world place(GENERATE(from_range(everybody())));
  // Copies that belong to the user and do not run, so that neither file modes
  // nor ETXTBSY protect them but the wall alone.
  const std::string copies = place.files().directory("copies", place.who());
  const auto copy = [&](const std::string& from) {
    return place.files().file("copies" + from.substr(from.rfind('/')),
                              read_file(from), place.who(), 0755);
  };
  const std::string cordon = copy(programs::cordon());
  const std::string keeper = copy(programs::keeper());
  const words program{programs::target("overwrite"), "cordon=" + cordon,
                      "keeper=" + keeper};
  const std::string before = read_file(cordon) + read_file(keeper);

  const answers inside
      = answers_of(place.confined({"-r", copies, "-r", "/proc"}, program));
  CHECK(read_file(cordon) + read_file(keeper) == before);
  const answers outside = answers_of(place.outside(program));

  const char* const refused = "EACCES|EPERM";
  const int proofs = compare(
      {{"cordon_write", "ok", refused},
       {"cordon_truncate", "ok", refused},
       {"cordon_unlink", "ok", refused},
       {"keeper_write", "ok", refused},
       {"keeper_truncate", "ok", refused},
       {"keeper_unlink", "ok", refused},
       {"parent_executable_write", "ETXTBSY", refused, to_root},
       {"parent_executable_read", "ok", refused, nowhere},
       {"own_executable_write", "ETXTBSY", "ETXTBSY|EACCES|EPERM", nowhere}},
      place.who(), outside, inside);
  CHECK(proofs >= 6);
}
