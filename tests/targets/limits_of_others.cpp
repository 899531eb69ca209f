// Limits, priorities and placement of a process outside.
//
// pid=OUTSIDER
#include "tests/targets/probe.hpp"

#include <sched.h>
#include <sys/resource.h>

using namespace probe;

namespace {

constexpr int ioprio_process = 1;
constexpr int ioprio_user = 3;
constexpr int idle_class = 3 << 13;

struct scheduling {
  std::uint32_t size = 48;
  std::uint32_t policy = SCHED_BATCH;
  std::uint64_t flags = 0;
  std::int32_t nice = 5;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0, deadline = 0, period = 0;
};

void limits(int outsider) {
  rlimit files{64, 64};
  report("prlimit64",
         call(SYS_prlimit64, outsider, RLIMIT_NOFILE, &files, nullptr));
  report("prlimit64_read",
         call(SYS_prlimit64, outsider, RLIMIT_NOFILE, nullptr, &files));
}

void priorities(int outsider) {
  report("setpriority", call(SYS_setpriority, PRIO_PROCESS, outsider, 5));
  report("setpriority_group", call(SYS_setpriority, PRIO_PGRP, outsider, 6));
  report("ioprio_set",
         call(SYS_ioprio_set, ioprio_process, outsider, idle_class));
}

void scheduling_calls(int outsider) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(0, &one);
  report("sched_setaffinity",
         call(SYS_sched_setaffinity, outsider, sizeof one, &one));
  sched_param parameter{};
  report("sched_setscheduler",
         call(SYS_sched_setscheduler, outsider, SCHED_IDLE, &parameter));
  report("sched_setparam", call(SYS_sched_setparam, outsider, &parameter));
  scheduling attributes;
  report("sched_setattr", call(SYS_sched_setattr, outsider, &attributes, 0));
}

void memory(int outsider) {
  unsigned long nodes = 1;
  report("migrate_pages", call(SYS_migrate_pages, outsider, 8, &nodes, &nodes));
  void* page = &nodes;
  int status = 0;
  report("move_pages",
         call(SYS_move_pages, outsider, 1, &page, nullptr, &status, 0));
}

/// Its own are its own business.
void own() {
  in_child("own_prlimit64", [] {
    rlimit core{0, 0};
    return call(SYS_prlimit64, 0, RLIMIT_CORE, &core, nullptr);
  });
  in_child("own_setpriority",
           [] { return call(SYS_setpriority, PRIO_PROCESS, 0, 19); });
  in_child("own_ioprio_set",
           [] { return call(SYS_ioprio_set, ioprio_process, 0, idle_class); });
  in_child("own_sched_setaffinity", [] {
    cpu_set_t set;
    ::sched_getaffinity(0, sizeof set, &set);
    return call(SYS_sched_setaffinity, 0, sizeof set, &set);
  });
  in_child("own_sched_setscheduler", [] {
    sched_param parameter{};
    return call(SYS_sched_setscheduler, 0, SCHED_BATCH, &parameter);
  });
}

} // namespace

int main(int argc, char** argv) {
  const facts told(argc, argv);
  const int outsider = told.number("pid");
  limits(outsider);
  priorities(outsider);
  // Everything of the user: harmless for others only where it is refused, or
  // where the user runs nothing else.
  if (told.has("confined") || ::geteuid() != 0) {
    report("setpriority_user", call(SYS_setpriority, PRIO_USER, ::getuid(), 0));
    report("ioprio_set_user", call(SYS_ioprio_set, ioprio_user, ::getuid(), 0));
  }
  scheduling_calls(outsider);
  memory(outsider);
  own();
}
