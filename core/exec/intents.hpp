// Programs that were found for somebody who has not asked for them yet: between
// the exec that names one and the stub that becomes it.
#pragma once

#include "core/exec/prepare.hpp"

#include <sys/types.h>

#include <map>
#include <optional>
#include <tuple>
#include <utility>

namespace cordon::exec {

/// Which of its execs a process comes from, only its threads can confuse: the
/// token is in the path that the kernel was given. So a process can get a
/// program that was found for itself, never another's.
class intents {
public:
  struct key {
    pid_t process;
    unsigned token;

    friend bool operator==(const key&, const key&) = default;
    friend bool operator<(const key& one, const key& other) noexcept {
      return std::tie(one.process, one.token)
             < std::tie(other.process, other.token);
    }
  };

  /// For an exec that thread `tid` of `process` is about to make: the first
  /// token that no other thread's exec has; nothing when there is none. What an
  /// exec of this thread left, which came to nothing, is forgotten.
  [[nodiscard]] std::optional<key> reserve(pid_t process, pid_t tid);
  /// Keeps `what` for that exec.
  void add(key of, pid_t tid, startable what);
  /// The exec will not be made so.
  std::optional<startable> take_back(key of);
  /// The program that `of` is to become, once. Its process has no other threads
  /// any more.
  [[nodiscard]] std::optional<startable> take(key of);

  /// Whether as many wait as may: each holds an fd, and execs that come to
  /// nothing leave theirs until the thread's next one, or its end.
  [[nodiscard]] bool full();

  [[nodiscard]] std::size_t size() const noexcept {
    return all_.size();
  }

private:
  struct kept {
    pid_t tid;
    startable what;
  };

  void forget_the_dead();
  [[nodiscard]] std::optional<key> first_free(pid_t process) const;

  std::map<key, kept> all_;
};

} // namespace cordon::exec
