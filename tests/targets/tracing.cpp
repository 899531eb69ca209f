// Reaching into other processes: a victim outside, the supervisor and the
// keeper; and, as a control, processes of the same sandbox.
//
// pid=OUTSIDER address=HEX (a writable word in it)
#include "tests/targets/probe.hpp"

#include <linux/kcmp.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#include <string>

using namespace probe;

namespace {

volatile long word_of_memory = 1;

pid_t parent_of(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  char text[512] = {};
  if (fd < 0 || ::read(fd, text, sizeof text - 1) <= 0)
    return -1;
  ::close(fd);
  const char* after_name = std::strrchr(text, ')');
  int parent = -1;
  if (after_name == nullptr
      || std::sscanf(after_name, ") %*c %d", &parent) != 1)
    return -1;
  return parent;
}

/// An iovec whose address means something in another process only.
struct remote_part {
  std::uintptr_t address;
  std::size_t size;
};

long process_memory(long number, pid_t pid, std::uintptr_t address) {
  long value = 1;
  iovec here{&value, sizeof value};
  const remote_part there{address, sizeof value};
  return call(number, pid, &here, 1, &there, 1, 0);
}

long memory_file(pid_t pid, int flags, std::uintptr_t address) {
  const std::string path = "/proc/" + std::to_string(pid) + "/mem";
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0)
    return -1;
  long value = 0;
  return ::pread(fd, &value, sizeof value, static_cast<off_t>(address));
}

long attached(long request, pid_t pid) {
  const long result = call(SYS_ptrace, request, pid, 0, 0);
  if (result == 0 && request == PTRACE_ATTACH)
    ::waitpid(pid, nullptr, 0);
  if (result == 0)
    call(SYS_ptrace, PTRACE_DETACH, pid, 0, 0);
  return result;
}

void advise(const std::string& who, pid_t pid, std::uintptr_t address) {
  const remote_part page{address & ~std::uintptr_t{4095}, 4096};
  const long pidfd = call(SYS_pidfd_open, pid, 0);
  // MADV_COLD: a hint that harms nobody.
  report(who + "_process_madvise",
         call(SYS_process_madvise, pidfd, &page, 1, 20, 0));
  report(who + "_pidfd_getfd", call(SYS_pidfd_getfd, pidfd, 0, 0));
}

/// Everything that can be tried on one process.
void reach(const std::string& who, pid_t pid, std::uintptr_t address) {
  in_child(who + "_attach", [&] { return attached(PTRACE_ATTACH, pid); });
  in_child(who + "_seize", [&] { return attached(PTRACE_SEIZE, pid); });
  report(who + "_process_vm_readv",
         process_memory(SYS_process_vm_readv, pid, address));
  report(who + "_process_vm_writev",
         process_memory(SYS_process_vm_writev, pid, address));
  report(who + "_memory_file_read", memory_file(pid, O_RDONLY, address));
  report(who + "_memory_file_write", memory_file(pid, O_RDWR, address));
  report(who + "_kcmp", call(SYS_kcmp, ::getpid(), pid, KCMP_VM, 0, 0));
  report(who + "_move_pages",
         call(SYS_move_pages, pid, 0, nullptr, nullptr, nullptr, 0));
  void* head = nullptr;
  std::size_t length = 0;
  report(who + "_get_robust_list",
         call(SYS_get_robust_list, pid, &head, &length));
  const std::string directory = "/proc/" + std::to_string(pid);
  report(who + "_environment",
         ::open((directory + "/environ").c_str(), O_RDONLY | O_CLOEXEC));
  report(who + "_root_link", ::access((directory + "/root/etc").c_str(), F_OK));
  advise(who, pid, address);
}

pid_t waiting_child() {
  const pid_t child = ::fork();
  if (child == 0)
    for (;;)
      ::pause();
  return child;
}

/// A tracer that turns a harmless call of its child into a refused one, after
/// the entry stop: the filter must look again.
long changed_call() {
  const pid_t child = ::fork();
  if (child == 0) {
    ::ptrace(PTRACE_TRACEME, 0, 0, 0);
    ::raise(SIGSTOP);
    const long result = call(SYS_getppid, 1, 0);
    ::_exit(result == -1 ? errno : 0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ::ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD);
  for (bool entry = true;; entry = !entry) {
    if (::ptrace(PTRACE_SYSCALL, child, 0, 0) != 0)
      return -1;
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status) || WIFSIGNALED(status))
      break;
    user_regs_struct registers{};
    ::ptrace(PTRACE_GETREGS, child, 0, &registers);
    if (entry && registers.orig_rax == SYS_getppid) {
      // io_uring_setup(1, NULL): EFAULT where it is not refused.
      registers.orig_rax = SYS_io_uring_setup;
      ::ptrace(PTRACE_SETREGS, child, 0, &registers);
    }
  }
  errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
  return -1;
}

void filters_and_tracers() {
  const pid_t child = waiting_child();
  // PTRACE_O_SUSPEND_SECCOMP
  report("suspend_seccomp", call(SYS_ptrace, PTRACE_SEIZE, child, 0, 1 << 21));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  in_child("changed_call", changed_call);
}

} // namespace

int main(int argc, char** argv) {
  const facts told(argc, argv);
  const auto address = static_cast<std::uintptr_t>(
      std::stoull(told.text("address"), nullptr, 16));
  const auto own = reinterpret_cast<std::uintptr_t>(&word_of_memory);
  reach("victim", told.number("pid"), address);
  if (told.has("supervised")) {
    reach("keeper", ::getppid(), own);
    reach("supervisor", parent_of(::getppid()), own);
  }
  const pid_t child = waiting_child();
  reach("sibling", child, own);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  filters_and_tracers();
}
