// Runs that others look at.
#pragma once

#include "core/base/unique_fd.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>
#include <thread>

namespace cordon::test {

/// Says "up", then waits for its input to end.
inline const words waiting{"/bin/sh", "-c", "echo up; read line; exit 5"};
/// The same, after a call that traps.
inline const words trapping{"/bin/sh", "-c",
                            "touch f; chmod 600 f; echo up; read line; exit 5"};
/// The same two, but that they wait for their end only.
inline const words staying{"/bin/sh", "-c", "echo up; sleep 1000"};
inline const words staying_after_traps{
    "/bin/sh", "-c", "touch f; chmod 600 f; echo up; sleep 1000"};

/// Where runs are shown.
[[nodiscard]] std::string directory_of(const world& place);
/// What that directory holds.
[[nodiscard]] long entries(const world& place);

/// Checks that `part` is in `text`.
bool says(const std::string& text, const std::string& part);

/// A run that is up.
class up {
public:
  up(const world& place, const words& options, const words& program);
  outcome end();
  [[nodiscard]] running& program() {
    return run_;
  }

private:
  running run_;
};

/// Waits until something is so; a failure when it never is.
template <class Holds>
void eventually(Holds holds) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    REQUIRE(std::chrono::steady_clock::now() < until);
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
}

/// A connection to a run's endpoint, by path; empty when it is refused.
[[nodiscard]] unique_fd connected(const std::string& path);

} // namespace cordon::test
