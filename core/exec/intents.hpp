// Programs that were found for somebody who has not asked for them yet: between
// the exec that names one and the stub that becomes it.
#pragma once

#include "core/exec/prepare.hpp"

#include <sys/types.h>

#include <map>
#include <optional>
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
    friend auto operator<=>(const key&, const key&) = default;
  };

  /// Keeps `what` for the exec that thread `tid` of `process` is about to make.
  /// What an exec of this thread left, which came to nothing, is forgotten.
  [[nodiscard]] key add(pid_t process, pid_t tid, startable what);
  /// The same for an exec whose path has but one slash: token 0.
  key add_plain(pid_t process, pid_t tid, startable what);
  /// Another thread of `process` than `tid` that something was found for; 0:
  /// none.
  [[nodiscard]] pid_t other_thread(pid_t process, pid_t tid) const;
  /// The exec will not be made.
  void drop(key of);
  /// The program that `of` is to become, once.
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

  key put(key at, pid_t tid, startable what);
  void forget_the_dead();

  std::map<key, kept> all_;
  unsigned next_token_ = 0;
};

} // namespace cordon::exec
