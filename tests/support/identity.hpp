// Who runs a program under test.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace cordon::test {

struct identity {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;

  [[nodiscard]] bool is_root() const noexcept {
    return uid == 0;
  }
};

/// The user that runs the tests.
[[nodiscard]] const identity& ourselves();

/// Everybody that the tests can be: root and nobody for root, else ourselves
/// alone.
[[nodiscard]] const std::vector<identity>& everybody();

/// Whoever has no privilege: nobody for root, else ourselves.
[[nodiscard]] const identity& unprivileged();

/// Makes the calling process `who`. For a child before exec; exits with 96 when
/// it cannot.
void become(const identity& who);

} // namespace cordon::test
