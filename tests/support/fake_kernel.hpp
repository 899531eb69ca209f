// A listener whose kernel is the test.
#pragma once

#include "core/notify/calls.hpp"

#include <cerrno>
#include <deque>
#include <set>
#include <vector>

namespace cordon::test {

class fake_kernel : public notify::calls {
public:
  /// Received next.
  std::deque<seccomp_notif> pending;
  /// Callers that have gone.
  std::set<std::uint64_t> gone;
  std::vector<seccomp_notif_resp> sent;
  int inject_error = 0;
  /// What the next calls fail with, before anything else; 0: they do not.
  std::deque<int> receive_errors;
  int send_error = 0;
  /// How often callers are still there; after that they have gone.
  int valid_times = 1'000'000;
  std::vector<int> injected;

  int receive(seccomp_notif& into) override {
    if (!receive_errors.empty()) {
      const int error = receive_errors.front();
      receive_errors.pop_front();
      if (error != 0)
        return error;
    }
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
    return valid_times-- > 0 && !gone.contains(id);
  }
  int send(const seccomp_notif_resp& answer) override {
    sent.push_back(answer);
    return send_error != 0 ? send_error : gone.contains(answer.id) ? ENOENT : 0;
  }
  int send_fd(notify::caller, int fd, bool) override {
    if (inject_error == 0)
      injected.push_back(fd);
    return inject_error;
  }

  int add_fd(notify::caller, int fd, bool) override {
    if (inject_error != 0)
      return -inject_error;
    injected.push_back(fd);
    return 100;
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
