// Breaking off blocking system calls of our own threads.
//
// A signal with a handler that does nothing ends a blocking call with EINTR.
// One real-time signal that the program leaves at its default is taken for
// this, from SIGRTMAX downwards, when it is first needed, and kept.
#pragma once

#include <time.h>

#include <chrono>
#include <optional>

namespace cordon::process {

/// The signal; 0 when the program uses all of them.
[[nodiscard]] int interrupting_signal();

/// Blocks every signal but the interrupting one and those of faults, for the
/// calling thread.
void hear_interruptions_only();

/// For one thread, the one that makes it.
class time_limit {
public:
  time_limit();
  time_limit(const time_limit&) = delete;
  time_limit& operator=(const time_limit&) = delete;
  ~time_limit();

  /// Whether limits can be set at all.
  [[nodiscard]] bool works() const noexcept {
    return timer_.has_value();
  }
  /// Lets `call` block for about `at_most`; it then fails with EINTR.
  template <class Call>
  auto run(std::chrono::microseconds at_most, Call call) {
    start(at_most);
    const auto outcome = call();
    start({});
    return outcome;
  }

private:
  /// Signals from then on until it is set to 0: the first may come before the
  /// call.
  void start(std::chrono::microseconds at_most) noexcept;

  std::optional<timer_t> timer_;
};

} // namespace cordon::process
