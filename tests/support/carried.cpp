#include "tests/support/carried.hpp"

#include "core/linux/calls.hpp"
#include "core/notify/calls.hpp"
#include "core/notify/decode.hpp"
#include "core/seccomp/policy_filter.hpp"
#include "core/syscall/table.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <map>
#include <stdexcept>
#include <thread>

namespace cordon::test {
namespace {

/// What supervisor and target tell each other.
struct shared {
  std::atomic<int> listener{-1};
  std::atomic<bool> go{false};
};

seccomp::program filter() {
  seccomp::policy_filter_spec spec;
  for (const auto& row : syscall::trap_rows())
    if (row.syscall == "ioctl")
      spec.rules.push_back(
          syscall::trapping(*syscall::find_answerable("ioctl")));
    else if (paths::carrier::handles(row.op))
      spec.denied.push_back({std::string(row.syscall), syscall::trap});
  return seccomp::compile(spec, syscall::native).value();
}

[[noreturn]] void be_target(shared& with, const seccomp::program& program,
                            int out, const std::function<std::string()>& ask,
                            const std::function<void()>& before) {
  if (before)
    before();
  sock_fprog given{static_cast<unsigned short>(program.size()),
                   const_cast<sock_filter*>(program.data())};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const int listener = sys::seccomp(
      SECCOMP_SET_MODE_FILTER,
      sys::abi::seccomp_new_listener | sys::abi::seccomp_wait_killable, &given);
  with.listener = listener < 0 ? -2 : listener;
  while (!with.go)
    ::sched_yield();
  ::close(listener);
  const auto text = ask();
  for (std::size_t sent = 0; sent < text.size();) {
    const auto n = ::write(out, text.data() + sent, text.size() - sent);
    if (n <= 0)
      ::_exit(95);
    sent += static_cast<std::size_t>(n);
  }
  ::_exit(0);
}

/// Answers until the target has gone.
class answering {
public:
  answering(unique_fd listener, const paths::carrier& with)
      : kernel_(std::move(listener))
      , with_(with) {
    for (const auto& row : syscall::trap_rows())
      if (const auto* const call = syscall::find(row.syscall))
        rows_[call->number_on(syscall::native)] = &row;
  }

  [[nodiscard]] bool waits(std::uint64_t id) {
    return kernel_.valid(id);
  }

  void run() {
    while (true) {
      pollfd ready{kernel_.fd(), POLLIN, 0};
      ::poll(&ready, 1, -1);
      if ((ready.revents & POLLIN) != 0)
        take();
      else if ((ready.revents & POLLHUP) != 0)
        break;
    }
    for (auto& each : slow_)
      each.join();
  }

private:
  void take() {
    seccomp_notif raw{};
    if (kernel_.receive(raw) != 0)
      return;
    auto asked = notify::decode(*rows_.at(raw.data.nr), raw);
    auto said = asked ? with_.carry_out(*asked)
                      : paths::outcome::failed(asked.error().code);
    if (said.rest)
      slow_.emplace_back([this, id = raw.id, rest = std::move(said.rest)] {
        auto late = rest();
        answer(id, late.finish ? late.finish() : std::move(late));
      });
    else
      answer(raw.id, said);
  }

  void answer(std::uint64_t id, const paths::outcome& said) {
    int error = said.error;
    if (error == 0 && said.fd) {
      error = kernel_.send_fd({id, 0}, said.fd.get(), said.close_on_exec);
      if (error == 0)
        return;
    }
    seccomp_notif_resp reply{};
    reply.id = id;
    reply.error = -error;
    reply.val = error == 0 ? said.value : 0;
    kernel_.send(reply);
  }

  notify::kernel_calls kernel_;
  const paths::carrier& with_;
  std::map<int, const syscall::trap_row*> rows_;
  std::vector<std::thread> slow_;
};

std::string supervise(const paths::view& view, const paths::rules& under,
                      const std::string& root,
                      const std::function<std::string()>& ask,
                      const std::function<void()>& before) {
  auto* const with
      = new (::mmap(nullptr, sizeof(shared), PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0)) shared;
  const auto program = filter();
  int ends[2];
  if (::chdir(root.c_str()) != 0 || ::pipe2(ends, O_CLOEXEC) != 0)
    return "cannot start";
  const pid_t pid = ::fork();
  if (pid == 0)
    be_target(*with, program, ends[1], ask, before);
  ::close(ends[1]);
  while (with->listener == -1)
    ::sched_yield();
  const unique_fd process{sys::pidfd_open(pid)};
  unique_fd listener{sys::pidfd_getfd(process.get(), with->listener)};
  if (!listener)
    return "no listener";
  ::unshare(CLONE_FS);
  answering* self = nullptr;
  const paths::carrier carrier{
      view, under, [&self](std::uint64_t id) { return self->waits(id); }};
  answering answers{std::move(listener), carrier};
  self = &answers;
  std::string text;
  std::thread reader{[&] {
    const unique_fd from{ends[0]};
    char bytes[65536];
    for (ssize_t n; (n = ::read(from.get(), bytes, sizeof bytes)) > 0;)
      text.append(bytes, static_cast<std::size_t>(n));
  }};
  with->go = true;
  answers.run();
  reader.join();
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (status != 0)
    text += "the target ended with " + std::to_string(status) + "\n";
  return text;
}

} // namespace

std::string carried(const std::string& root,
                    const std::vector<bind_mount>& mounts, const identity& who,
                    const std::function<std::string()>& ask,
                    const paths::rules& under,
                    const std::function<void()>& before) {
  return in_child(who, [&]() -> std::string {
    std::vector<paths::mount_spec> specs;
    specs.reserve(mounts.size());
    for (const auto& each : mounts)
      specs.push_back({each.at, each.host, each.read_only});
    const auto view = paths::view::make(root, specs);
    return view ? supervise(*view, under, root, ask, before)
                : view.error().message();
  });
}

std::string carried_without_root(const identity& who,
                                 const std::function<std::string()>& ask,
                                 const std::function<void()>& confine) {
  return in_child(who, [&]() -> std::string {
    const auto view = paths::view::make("/", {});
    if (!view)
      return view.error().message();
    confine();
    return supervise(*view, no_rules{}, "/", ask, {});
  });
}

} // namespace cordon::test
