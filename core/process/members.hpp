// Who belongs to a sandbox, asked for one process.
#pragma once

#include <sys/types.h>

#include <vector>

namespace cordon::process {

/// The processes below a keeper. For the lane's own thread.
class members {
public:
  /// `scoped`: the calling thread's Landlock domain scopes signals (ABI 6), as
  /// does everything below it.
  members(pid_t keeper, bool scoped) noexcept
      : keeper_(keeper)
      , scoped_(scoped) {
  }

  /// Whether `tid` is a thread of the sandbox, at this moment: neither the
  /// supervisor nor the keeper is.
  [[nodiscard]] bool contains(pid_t tid) const;
  [[nodiscard]] pid_t keeper() const noexcept {
    return keeper_;
  }
  /// All processes, by their numbers.
  [[nodiscard]] std::vector<pid_t> all() const;

private:
  pid_t keeper_;
  bool scoped_;
};

} // namespace cordon::process
