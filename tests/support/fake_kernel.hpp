// A listener whose kernel is the test.
#pragma once

#include "core/notify/calls.hpp"

#include <cerrno>
#include <deque>
#include <set>
#include <vector>

namespace cordon::test {

class fake_kernel final : public notify::calls {
public:
  /// Received next.
  std::deque<seccomp_notif> pending;
  /// Callers that have gone.
  std::set<std::uint64_t> gone;
  std::vector<seccomp_notif_resp> sent;
  int inject_error = 0;
  std::vector<int> injected;

  int receive(seccomp_notif& into) override {
    if (pending.empty())
      return ENOENT;
    into = pending.front();
    pending.pop_front();
    return 0;
  }
  bool waiting() override {
    return !pending.empty();
  }
  bool valid(std::uint64_t id) override {
    return !gone.contains(id);
  }
  int send(const seccomp_notif_resp& answer) override {
    sent.push_back(answer);
    return gone.contains(answer.id) ? ENOENT : 0;
  }
  int send_fd(std::uint64_t, int fd, bool) override {
    if (inject_error == 0)
      injected.push_back(fd);
    return inject_error;
  }

  static seccomp_notif call(std::uint64_t id, int number, pid_t tid) {
    seccomp_notif raw{};
    raw.id = id;
    raw.pid = static_cast<std::uint32_t>(tid);
    raw.data.nr = number;
    return raw;
  }
};

} // namespace cordon::test
