// What the tests of the embedding API start their runs with.
#pragma once

#include "actors/run_request.hpp"
#include "core/landlock/ruleset.hpp"
#include "policy/profile_builder.hpp"

#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace cordon::test {

/// Reading what ordinary programs need. Below ABI 6 a profile must say that it
/// can do without the signal scope.
inline policy::profile_builder base_profile() {
  policy::profile_builder builder;
  builder.read("/usr").read_if_exists("/bin").read_if_exists("/lib");
  builder.read_if_exists("/lib64");
  return builder.allow_degraded(policy::protection::signal_scope);
}

/// The keeper of the build, or where the caller has put a copy.
inline std::string keeper_path() {
  const char* const copy = std::getenv("CORDON_TEST_KEEPER");
  return copy != nullptr ? copy : CORDON_KEEPER;
}

inline actors::run_request request_of(std::vector<std::string> command,
                                      const policy::profile_builder& builder
                                      = base_profile()) {
  actors::run_request made;
  made.profile = *builder.try_build();
  made.command = std::move(command);
  made.env = {"PATH=/usr/bin:/bin"};
  made.keeper = keeper_path();
  return made;
}

/// The same with stdout and stderr captured.
inline actors::run_request captured(std::vector<std::string> command,
                                    const policy::profile_builder& builder
                                    = base_profile()) {
  auto made = request_of(std::move(command), builder);
  made.out = made.err = actors::stream::capture;
  return made;
}

/// Whether the test must be skipped; says so.
inline bool lacks_landlock() {
  if (landlock::probe_abi() > 0)
    return false;
  std::cout << "SKIPPED: this kernel has no Landlock\n";
  return true;
}

} // namespace cordon::test
