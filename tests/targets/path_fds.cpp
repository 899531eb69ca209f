// path_fds KIND: fds that were opened with O_PATH, in a directory like that of
// tests/paths/call_root.hpp. One line a try. Kinds:
//   all       of everything there is, and all that can be done with them
//   rights    what must not become possible by them: of "f", "d" and "d/f"
//   proc      of places in /proc
//   threads N M   N by each of M at once
//   traced    by a thread that somebody else traces
//   killed N  by N processes that are killed meanwhile
//   poor      by one that may map no memory, and one with a filter of its own
#include "core/process/fd_message.hpp"
#include "tests/targets/probe.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include <atomic>
#include <thread>
#include <vector>

using namespace probe;
using cordon::process::fd_message;

namespace {

std::string here;

/// A name without the place where all is.
std::string within(std::string text) {
  if (text.starts_with(here))
    text.erase(0, here.size());
  return text.empty() ? "/" : text;
}

std::string link_text(int fd, const char* path) {
  char text[4096];
  const auto n = ::readlinkat(fd, path, text, sizeof text);
  return n < 0 ? outcome(-1)
               : within(std::string(text, static_cast<std::size_t>(n)));
}

std::string link_of(int fd) {
  return "/proc/self/fd/" + std::to_string(fd);
}

long closed(long fd) {
  if (fd >= 0)
    ::close(static_cast<int>(fd));
  return fd;
}

/// Kind and flags, as its owner sees them.
std::string look_of(int fd) {
  struct stat facts {};
  struct statfs system {};
  if (::fstat(fd, &facts) != 0)
    return outcome(-1);
  // That a directory was asked for itself shows where it may be searched only.
  const bool hides = S_ISDIR(facts.st_mode) && (facts.st_mode & 0111) == 0;
  const int flags = ::fcntl(fd, F_GETFL) & ~(hides ? O_NOFOLLOW : 0);
  return std::to_string(facts.st_mode) + " links "
         + std::to_string(facts.st_nlink) + " flags " + std::to_string(flags)
         + " fd " + std::to_string(::fcntl(fd, F_GETFD)) + " "
         + outcome(::fstatfs(fd, &system));
}

/// What takes an fd that was opened for something.
void as_a_file(const std::string& what, int fd) {
  char byte = 0;
  char entries[256];
  int value = 0;
  report(what + " read", ::read(fd, &byte, 1));
  report(what + " write", ::write(fd, &byte, 1));
  report(what + " lseek", ::lseek(fd, 0, SEEK_SET));
  report(what + " fchmod", ::fchmod(fd, 0600));
  report(what + " fchown", ::fchown(fd, ::getuid(), ::getgid()));
  report(what + " futimens", ::futimens(fd, nullptr));
  report(what + " ftruncate", ::ftruncate(fd, 0));
  report(what + " fsetxattr", ::fsetxattr(fd, "user.x", "", 0, 0));
  report(what + " fgetxattr", ::fgetxattr(fd, "user.x", &byte, 1));
  report(what + " getdents", call(SYS_getdents64, fd, entries, sizeof entries));
  report(what + " ioctl", ::ioctl(fd, FIONREAD, &value));
  report(what + " flock", ::flock(fd, LOCK_SH | LOCK_NB));
  report(what + " fsync", ::fsync(fd));
  const void* const at = ::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
  report(what + " mmap", at == MAP_FAILED ? -1 : 0);
}

/// What takes any fd: as the object itself, or as where paths begin.
void as_a_place(const std::string& what, int fd) {
  struct stat facts {};
  constexpr int itself = AT_EMPTY_PATH;
  report(what + " stat", call(SYS_newfstatat, fd, "", &facts, itself));
  say(what + " mode", std::to_string(facts.st_mode));
  say(what + " readlink", link_text(fd, ""));
  report(what + " readable", call(439, fd, "", R_OK, itself));
  report(what + " writable", call(439, fd, "", W_OK, itself));
  report(what + " chmod", call(452, fd, "", facts.st_mode & 07777, itself));
  report(what + " chown", ::fchownat(fd, "", -1, ::getgid(), itself));
  report(what + " times", ::utimensat(fd, "", nullptr, itself));
  report(what + " link", ::linkat(fd, "", AT_FDCWD, "free/linked", itself));
  ::unlink("free/linked");
  report(what + " open in", closed(::openat(fd, "f", O_RDONLY | O_CLOEXEC)));
  report(what + " make in",
         closed(::openat(fd, "made", O_CREAT | O_RDWR | O_CLOEXEC, 0600)));
  report(what + " remove in", ::unlinkat(fd, "made", 0));
  report(what + " open empty", closed(::openat(fd, "", O_RDONLY)));
  report(what + " up", closed(::openat(fd, "..", O_PATH | O_CLOEXEC)));
  report(what + " fchdir", ::fchdir(fd));
  report(what + " back", ::chdir(here.empty() ? "/" : here.c_str()));
}

/// The name that /proc has for it.
void by_name(const std::string& what, int fd) {
  const auto name = link_of(fd);
  struct stat facts {};
  say(what + " named", link_text(AT_FDCWD, name.c_str()));
  report(what + " stat by name", ::stat(name.c_str(), &facts));
  say(what + " mode by name", std::to_string(facts.st_mode));
  const mode_t mode = facts.st_mode & 07777;
  for (const int flags : {O_RDONLY, O_RDWR, O_PATH, O_PATH | O_NOFOLLOW,
                          O_RDONLY | O_DIRECTORY, O_RDONLY | O_NOFOLLOW}) {
    const int again = ::open(name.c_str(), flags | O_NONBLOCK | O_CLOEXEC);
    report(what + " open by name " + std::to_string(flags), again);
    if ((flags & O_PATH) != 0)
      say(what + " again " + std::to_string(flags), look_of(again));
    closed(again);
  }
  report(what + " slash", ::stat((name + "/").c_str(), &facts));
  report(what + " beneath", ::stat((name + "/f").c_str(), &facts));
  report(what + " chmod by name", ::chmod(name.c_str(), mode));
  report(what + " access by name", ::access(name.c_str(), R_OK));
}

/// Sent to oneself and back.
void hand_round(const std::string& what, int fd) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return;
  char byte = 'x';
  fd_message<1> sent{&byte, 1}, received{&byte, 1};
  std::memcpy(CMSG_DATA(sent.attach(1)), &fd, sizeof fd);
  report(what + " send", ::sendmsg(ends[0], &sent.header, 0));
  int got = -1;
  if (::recvmsg(ends[1], &received.header, 0) == 1
      && CMSG_FIRSTHDR(&received.header))
    std::memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&received.header)), sizeof got);
  say(what + " received", look_of(got));
  ::close(got);
  ::close(ends[0]);
  ::close(ends[1]);
}

void all() {
  const sockaddr_un address{AF_UNIX, "socket"};
  const int listening = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  report("socket",
         ::bind(listening, reinterpret_cast<const sockaddr*>(&address),
                sizeof address));
  for (const char* const path :
       {"f",      "d",    "sl",   "sd",     "dang", "loop",    "read",
        "write",  "none", "fifo", "socket", "shut", "shut/f",  ".",
        "d/e/..", "d/",   "f/",   "sl/",    "sd/",  "nothing", ""})
    for (const int flags :
         {O_PATH, O_PATH | O_NOFOLLOW, O_PATH | O_DIRECTORY,
          O_PATH | O_NOFOLLOW | O_DIRECTORY, O_PATH | O_CLOEXEC,
          O_PATH | O_RDWR | O_TRUNC | O_CREAT | O_EXCL | O_APPEND}) {
      const auto what = std::string("'") + path + "' " + std::to_string(flags);
      const int lowest = ::dup(0);
      ::close(lowest);
      const int fd = ::open(path, flags);
      report(what, fd);
      if (fd < 0)
        continue;
      say(what + " number", fd == lowest ? "lowest" : "another");
      say(what + " look", look_of(fd));
      as_a_file(what, fd);
      as_a_place(what, fd);
      by_name(what, fd);
      hand_round(what, fd);
      say(what + " still", look_of(fd));
      ::close(fd);
    }
  ::close(listening);
  // There may be as many as there may be of others, nearly.
  const rlimit limit{64, 64};
  ::setrlimit(RLIMIT_NOFILE, &limit);
  std::vector<int> many;
  for (int fd; (fd = ::open("sl", O_PATH | O_NOFOLLOW)) >= 0;)
    many.push_back(fd);
  report("one too many", -1);
  say("many", many.size() > 50 ? "many" : "few");
  for (const int fd : many)
    ::close(fd);
  const int after = ::open("sl", O_PATH | O_NOFOLLOW);
  say("after all", look_of(after));
  struct open_how_words {
    std::uint64_t flags, mode, resolve;
  } how{O_PATH | O_NOFOLLOW, 0, 4};
  report("openat2",
         closed(call(SYS_openat2, AT_FDCWD, "sl", &how, sizeof how)));
  how.flags = O_PATH | O_RDWR;
  report("openat2 more", call(SYS_openat2, AT_FDCWD, "f", &how, sizeof how));
}

void rights() {
  for (const char* const path : {"f", "d", "d/f"}) {
    const int fd = ::open(path, O_PATH | O_CLOEXEC);
    report(path, fd);
    ::unlink("linked");
    if (fd < 0)
      continue;
    const auto name = link_of(fd);
    const std::string what = path;
    report(what + " to read", closed(::open(name.c_str(), O_RDONLY)));
    report(what + " to write", closed(::open(name.c_str(), O_WRONLY)));
    report(what + " truncate", ::truncate(name.c_str(), 0));
    report(what + " chmod", call(452, fd, "", 0700, AT_EMPTY_PATH));
    report(what + " link", ::linkat(fd, "", AT_FDCWD, "linked", AT_EMPTY_PATH));
    report(what + " link by name", ::linkat(AT_FDCWD, name.c_str(), AT_FDCWD,
                                            "linked", AT_SYMLINK_FOLLOW));
    report(what + " make in",
           closed(::openat(fd, "m", O_CREAT | O_RDWR, 0600)));
    report(what + " read in", closed(::openat(fd, "f", O_RDONLY)));
    ::close(fd);
  }
}

void in_proc() {
  struct stat facts {};
  for (const char* const path :
       {"/proc/self", "/proc/self/exe", "/proc/self/cwd", "/proc/self/root",
        "/proc/self/fd/0"}) {
    const int fd = ::open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    ::fstat(fd, &facts);
    say(path, S_ISLNK(facts.st_mode) ? link_text(fd, "") : outcome(fd));
    // There is no way on from a link that is held.
    report(std::string(path) + " opened",
           closed(::open(link_of(fd).c_str(), O_RDONLY | O_CLOEXEC)));
    report(std::string(path) + " beneath",
           closed(::openat(fd, "etc", O_RDONLY | O_CLOEXEC)));
    ::close(fd);
  }
  const int maps = ::open("/proc/self/maps", O_PATH | O_CLOEXEC);
  say("maps", std::to_string(::fcntl(maps, F_GETFL) & O_PATH));
  const int again = ::open(link_of(maps).c_str(), O_RDONLY | O_CLOEXEC);
  report("maps read", read_some(again));
  report("maps written",
         closed(::open(link_of(maps).c_str(), O_WRONLY | O_CLOEXEC)));
  const int task = ::open("/proc/self/task", O_PATH | O_CLOEXEC);
  report("task", closed(::openat(task, "..", O_RDONLY | O_CLOEXEC)));
  report("above", closed(::openat(task, "../../1/environ", O_RDONLY)));
}

void threads(int count, int many) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max; // who supervises may have fewer
  ::setrlimit(RLIMIT_NOFILE, &limit);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> all;
  all.reserve(many);
  const int before = ::dup(0);
  ::close(before);
  for (int i = 0; i < many; ++i)
    all.emplace_back([&, i] {
      const char* const path = i % 2 == 0 ? "sl" : "fifo";
      const mode_t kind = i % 2 == 0 ? S_IFLNK : S_IFIFO;
      for (int n = 0; n < count; ++n) {
        struct stat facts {};
        const int fd = ::open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (::fstat(fd, &facts) != 0 || (facts.st_mode & S_IFMT) != kind
            || (::fcntl(fd, F_GETFL) & O_PATH) == 0 || ::close(fd) != 0)
          ++wrong;
      }
    });
  for (auto& each : all)
    each.join();
  const int after = ::dup(0);
  say("wrong", std::to_string(wrong));
  say("left", std::to_string(after - before));
}

void traced() {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    ::raise(SIGSTOP);
    const int directory = ::open("d", O_PATH | O_CLOEXEC);
    report("directory", directory);
    report("in it", closed(::openat(directory, "f", O_RDONLY | O_CLOEXEC)));
    report("link", ::open("sl", O_PATH | O_NOFOLLOW | O_CLOEXEC));
    ::_exit(0);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) == child && WIFSTOPPED(status))
    ::ptrace(PTRACE_CONT, child, nullptr, nullptr);
  report("child", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/// As many as the keeper can hold, and more, end in the middle of it.
void killed(int count) {
  std::vector<pid_t> all;
  for (int i = 0; i < count; ++i) {
    const pid_t child = ::fork();
    if (child == 0)
      for (const char* path = "sl";; path = *path == 's' ? "/d" : "sl")
        ::close(::open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC));
    all.push_back(child);
    for (int k = 0; k < i % 64; ++k)
      ::sched_yield();
    if (i % 8 != 7)
      continue;
    for (const pid_t each : all) {
      ::kill(each, SIGKILL);
      ::waitpid(each, nullptr, 0);
    }
    all.clear();
  }
  say("after all", look_of(::open("sl", O_PATH | O_NOFOLLOW | O_CLOEXEC)));
}

/// One open that is to fail; nothing is left of that.
std::string failed_open() {
  const int before = ::dup(0);
  ::close(before);
  const auto said = outcome(::open("sl", O_PATH | O_NOFOLLOW));
  return said + (::dup(0) == before ? "" : " something is left");
}

std::string without_memory() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_AS, &none);
  return failed_open();
}

std::string under_a_filter() {
  sock_filter code[]
      = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
         BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_recvmsg, 0, 1),
         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOTTY),
         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog program{4, code};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0
             ? failed_open()
             : "no filter";
}

void poor() {
  say("without memory", answer_of_child(without_memory));
  say("under a filter", answer_of_child(under_a_filter));
}

} // namespace

int main(int argc, char** argv) {
  char where[4096];
  here = ::getcwd(where, sizeof where) != nullptr ? where : "";
  if (here == "/")
    here.clear();
  const std::string kind = argc > 1 ? argv[1] : "";
  if (kind == "all")
    all();
  else if (kind == "rights")
    rights();
  else if (kind == "proc")
    in_proc();
  else if (kind == "threads" && argc > 3)
    threads(std::atoi(argv[2]), std::atoi(argv[3]));
  else if (kind == "traced")
    traced();
  else if (kind == "killed" && argc > 2)
    killed(std::atoi(argv[2]));
  else if (kind == "poor")
    poor();
  else
    return 99;
  return 0;
}
