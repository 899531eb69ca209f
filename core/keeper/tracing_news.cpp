#include "core/keeper/tracing_news.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace cordon::keeper {

namespace wire = process::wire;

void tracing_news::tell(wire::report::kind what, pid_t tid) noexcept {
  if (count_ == most) {
    first_ = (first_ + 1) % most;
    --count_;
  }
  items_[(first_ + count_++) % most] = {what, tid};
  send_waiting();
}

void tracing_news::send_waiting() noexcept {
  for (; count_ != 0; --count_, first_ = (first_ + 1) % most) {
    wire::report report{};
    report.what = items_[first_].what;
    report.signal = items_[first_].tid;
    if (::send(wire::control_fd, &report, sizeof report,
               MSG_NOSIGNAL | MSG_DONTWAIT)
            < 0
        && errno == EAGAIN)
      return;
  }
}

} // namespace cordon::keeper
