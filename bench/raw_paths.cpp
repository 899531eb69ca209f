// raw_paths ROOT COMMAND…: the floor of a call about a path in a view. Runs
// COMMAND under a filter that traps open, stat, readlink and access, and
// carries them out in ROOT with one loop that does the same kernel work as
// cordon's lane and nothing else: epoll, RECV, the path read from memory,
// openat2 in the root, fstat, ID_VALID, then what the call is about, SEND or
// ADDFD.
#include "core/linux/calls.hpp"
#include "core/notify/calls.hpp"
#include "core/notify/target_memory.hpp"
#include "core/paths/fd_path.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

using namespace cordon;

namespace {

constexpr int fork_with_files = 0x400 | SIGCHLD;
/// Paths that begin with this are COMMAND's; its start is the kernel's.
constexpr const char* mark = "/d/";

int install() {
  sock_filter code[]
      = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
         BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_newfstatat, 3, 0),
         BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 2, 0),
         BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_readlink, 1, 0),
         BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_access, 0, 1),
         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  sock_fprog program{7, code};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return sys::seccomp(SECCOMP_SET_MODE_FILTER,
                      sys::abi::seccomp_new_listener
                          | sys::abi::seccomp_wait_killable,
                      &program);
}

/// Answers one call; returns an errno, or 0, or -1 when it has been answered.
class answering {
public:
  answering(notify::kernel_calls& kernel, const char* root)
      : kernel_(kernel)
      , root_(::open(root, O_PATH | O_DIRECTORY | O_CLOEXEC)) {
  }

  int answer(const seccomp_notif& raw, std::int64_t& value) {
    const auto& args = raw.data.args;
    const bool at = raw.data.nr == SYS_newfstatat || raw.data.nr == SYS_openat;
    const notify::target_memory memory{static_cast<pid_t>(raw.pid)};
    const auto path = memory.read_string(args[at ? 1 : 0], 4096);
    if (!path)
      return EFAULT;
    if (!path->starts_with(mark))
      return pass(raw);
    open_how how{};
    how.flags
        = O_PATH | O_CLOEXEC | (raw.data.nr == SYS_readlink ? O_NOFOLLOW : 0);
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    const unique_fd pin{sys::openat2(root_.get(), path->c_str(), how)};
    struct stat facts {};
    if (!pin || ::fstat(pin.get(), &facts) != 0)
      return errno;
    if (!kernel_.valid(raw.id))
      return ESRCH;
    if (raw.data.nr == SYS_openat)
      return open(raw, pin);
    if (raw.data.nr == SYS_access)
      return sys::faccessat2(pin.get(), "", static_cast<int>(args[1]),
                             AT_EMPTY_PATH)
                     == 0
                 ? 0
                 : errno;
    if (raw.data.nr == SYS_newfstatat)
      return give(memory, args[2], std::as_bytes(std::span{&facts, 1}));
    std::array<char, 4096> text;
    value = ::readlinkat(pin.get(), "", text.data(), text.size());
    return give(
        memory, args[1],
        std::as_bytes(std::span{text}.first(static_cast<std::size_t>(value))));
  }

private:
  static int give(const notify::target_memory& memory, std::uint64_t where,
                  std::span<const std::byte> bytes) {
    return memory.write(where, bytes) ? 0 : EFAULT;
  }

  int pass(const seccomp_notif& raw) {
    seccomp_notif_resp response{};
    response.id = raw.id;
    response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    kernel_.send(response);
    return -1;
  }

  int open(const seccomp_notif& raw, const unique_fd& pin) {
    const auto flags = static_cast<int>(raw.data.args[2]);
    const unique_fd file{
        ::open(paths::fd_path{pin.get()}.c_str(), flags | O_CLOEXEC)};
    if (!file)
      return errno;
    const int error
        = kernel_.send_fd(raw.id, file.get(), (flags & O_CLOEXEC) != 0);
    return error == 0 ? -1 : error;
  }

  notify::kernel_calls& kernel_;
  unique_fd root_;
};

void answer_all(notify::kernel_calls& kernel, const char* root) {
  answering with{kernel, root};
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
    seccomp_notif_resp response{};
    response.id = raw.id;
    std::int64_t value = 0;
    const int error = with.answer(raw, value);
    if (error < 0)
      continue;
    response.error = -error;
    response.val = error == 0 ? value : 0;
    kernel.send(response);
  }
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 3)
    return 2;
  int ends[2];
  if (::pipe(ends) != 0)
    return 3;
  const auto child = static_cast<pid_t>(
      ::syscall(SYS_clone, fork_with_files, nullptr, nullptr, nullptr, 0));
  if (child == 0) {
    const int listener = install();
    if (::write(ends[1], &listener, sizeof listener) < 0)
      ::_exit(1);
    sys::close_range(3, ~0U, sys::abi::close_range_unshare);
    sys::close_range(3, ~0U, 0);
    ::execv(argv[2], argv + 2);
    ::_exit(127);
  }
  int listener = -1;
  if (::read(ends[0], &listener, sizeof listener) < 0)
    return 3;
  notify::kernel_calls kernel{unique_fd{listener}};
  answer_all(kernel, argv[1]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
