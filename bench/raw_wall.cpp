// The floor: the same Landlock layers and filters as a supervised run has,
// installed by hand in one process, then exec.
//   bench_raw_wall [-r PATH]… [-w PATH]… -- PROGRAM [ARGUMENT…]
#include "core/landlock/access.hpp"
#include "core/landlock/rules.hpp"
#include "core/linux/calls.hpp"
#include "core/process/tree_end.hpp"
#include "core/seccomp/constant_filter.hpp"
#include "policy/plan.hpp"
#include "policy/profile_builder.hpp"

#include <sys/prctl.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

using namespace cordon;

namespace {

void must(bool done, const char* what) {
  if (done)
    return;
  std::perror(what);
  std::exit(1);
}

void install(std::span<const sock_filter> filter) {
  sock_fprog program{static_cast<unsigned short>(filter.size()),
                     const_cast<sock_filter*>(filter.data())};
  must(sys::seccomp(SECCOMP_SET_MODE_FILTER, 0, &program) == 0, "seccomp");
}

void restrict_to(const landlock::handled& what, const policy::plan& plan) {
  const auto ruleset
      = landlock::build_ruleset(what, plan.abi, plan.paths, plan.ports);
  must(ruleset.has_value(), "ruleset");
  must(sys::landlock_restrict_self(ruleset->get()) == 0, "restrict");
}

} // namespace

int main(int argc, char** argv) {
  policy::profile_builder builder;
  int at = 1;
  for (; at + 1 < argc && std::string_view(argv[at]) != "--"; at += 2) {
    if (std::string_view(argv[at]) == "-r")
      builder.read_if_exists(argv[at + 1]);
    else
      builder.write_if_exists(argv[at + 1]);
  }
  const auto plan
      = policy::make_plan(**builder.try_build(), {landlock::probe_abi()},
                          policy::run_kind::supervised);
  must(plan.has_value() && at + 1 < argc, "plan");
  must(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
  // Supervisor's, keeper's and target's layers.
  process::signal_domain supervisors, keepers;
  must(supervisors.enter() == 0 && keepers.enter() == 0, "signal domain");
  restrict_to({plan->handled_fs, plan->handled_net, plan->scoped}, *plan);
  install(*seccomp::compile(plan->filter));
  install(seccomp::constant_filter());
  ::execvp(argv[at + 1], argv + at + 1);
  std::perror(argv[at + 1]);
  return 127;
}
