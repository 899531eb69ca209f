// Finding the processes of a run by a mark that they all inherit.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

namespace cordon::test {

/// A mark that no other run has; given to a run by its environment.
class canary {
public:
  canary();

  /// The variable to start the run with.
  [[nodiscard]] std::pair<std::string, std::string> variable() const {
    return {"CORDON_TEST_CANARY", value_};
  }
  /// The marked processes that live; zombies do not.
  [[nodiscard]] std::vector<pid_t> alive() const;
  /// Waits until nothing marked lives: false when something still does after
  /// 30 seconds.
  [[nodiscard]] bool gone() const;
  /// Kills whatever is marked, so that a failed test leaves nothing behind.
  void sweep() const;

private:
  std::string value_;
};

} // namespace cordon::test
