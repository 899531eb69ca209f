// A command under a filter that traps some calls, and one loop that answers
// them: what the floors of bench/run.py have in common.
#pragma once

#include "core/linux/calls.hpp"
#include "core/notify/calls.hpp"

#include <stddef.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <vector>

namespace cordon::bench {

/// What an answer says: an errno (0: none), else a value. Nothing: the call
/// has been answered.
struct said {
  int error = 0;
  std::int64_t value = 0;
};

/// Traps `numbers` and lets everything else pass; the listener.
inline int trap(std::initializer_list<int> numbers) {
  std::vector<sock_filter> code{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  auto left = static_cast<std::uint8_t>(numbers.size());
  for (const int number : numbers) {
    --left;
    const auto wanted = static_cast<std::uint32_t>(number);
    code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, wanted, left,
                            static_cast<std::uint8_t>(left == 0 ? 1 : 0)));
  }
  code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF));
  code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return sys::seccomp(SECCOMP_SET_MODE_FILTER,
                      sys::abi::seccomp_new_listener
                          | sys::abi::seccomp_wait_killable,
                      &program);
}

/// epoll, RECV, `answer(raw)`, SEND, until nobody is left.
template <class Answer>
void answer_all(notify::kernel_calls& kernel, Answer answer) {
  const unique_fd epoll{::epoll_create1(EPOLL_CLOEXEC)};
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, kernel.fd(), &wanted);
  while (true) {
    epoll_event happened;
    if (::epoll_wait(epoll.get(), &happened, 1, -1) < 1)
      continue;
    if ((happened.events & EPOLLHUP) != 0)
      return;
    seccomp_notif raw{};
    if (kernel.receive(raw) != 0)
      continue;
    const std::optional<said> got = answer(raw);
    if (!got)
      continue;
    seccomp_notif_resp response{};
    response.id = raw.id;
    response.error = -got->error;
    response.val = got->error == 0 ? got->value : 0;
    kernel.send(response);
  }
}

/// Runs `argv` so; the exit status of this program. `with(kernel)` gives what
/// answers.
template <class Make>
int run(char** argv, std::initializer_list<int> numbers, Make with) {
  constexpr int fork_with_files = 0x400 | SIGCHLD;
  int ends[2];
  if (::pipe(ends) != 0)
    return 3;
  const auto child = static_cast<pid_t>(
      ::syscall(SYS_clone, fork_with_files, nullptr, nullptr, nullptr, 0));
  if (child == 0) {
    const int listener = trap(numbers);
    if (::write(ends[1], &listener, sizeof listener) < 0)
      ::_exit(1);
    sys::close_range(3, ~0U, sys::abi::close_range_unshare);
    sys::close_range(3, ~0U, 0);
    ::execvp(argv[0], argv);
    ::_exit(127);
  }
  int listener = -1;
  if (::read(ends[0], &listener, sizeof listener) < 0)
    return 3;
  notify::kernel_calls kernel{unique_fd{listener}};
  answer_all(kernel, with(kernel));
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

} // namespace cordon::bench
