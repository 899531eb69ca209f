#include "cli/app.hpp"
#include "core/landlock/ruleset.hpp"
#include "core/seccomp/probe.hpp"

int main(int argc, char** argv) {
  return cordon::cli::run_main(
      argc, argv,
      {cordon::landlock::probe_abi(), cordon::seccomp::listener_available()});
}
