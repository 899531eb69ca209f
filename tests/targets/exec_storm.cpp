// Starts programs while something else happens. Run outside and in a view, as
// /bin/exec_storm of the root; prints one line, the same for both.
//
//   exec_storm race N PATH    a thread changes the path to PATH meanwhile
//   exec_storm parallel N     eight threads start N programs each
//   exec_storm search N       vfork(2), and several names until one is there
//   exec_storm thread         by a thread that is not the first
//   exec_storm siblings N     while its other threads make others and calls
//   exec_storm signals N      signals come all the time
//   exec_storm nested N       N programs one after the other
//   exec_storm alias          path and argv[0] are one string, read-only
//   exec_storm traced         by a process that another traces
//   exec_storm full           no fd is free
//   exec_storm killed N       somebody kills them meanwhile
//   exec_storm forged         without having been found anything
//   exec_storm crowd N        N threads change their directory at once
//   exec_storm exit CODE      ends with that code
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

extern char** environ;

namespace {

const char* self = "/bin/exec_storm";

/// The status of a child as text: "7", "SIGKILL", …
std::string ending_of(pid_t child) {
  int status = 0;
  if (::waitpid(child, &status, __WALL) != child)
    return "lost";
  return WIFEXITED(status)
             ? std::to_string(WEXITSTATUS(status))
             : "SIG" + std::string(sigabbrev_np(WTERMSIG(status)));
}

pid_t in_child(const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::_exit(96);
  }
  return child;
}

void say(const std::map<std::string, int>& counts) {
  for (const auto& [what, count] : counts)
    std::printf("%s: %d\n", what.c_str(), count);
}

char racing[64];
const char* racing_argv[] = {"z", "exit", "7", nullptr};

void race_for(const char* path) {
  std::memcpy(racing, path, std::strlen(path) + 1);
}

void* change(void* other) {
  const auto* const path = static_cast<const char*>(other);
  while (true) {
    race_for(path);
    racing_argv[2] = "8";
    race_for(self);
    racing_argv[2] = "7";
  }
}

/// 7 and 8 are ours; whatever else is started ends with something else.
void race(int n, char* other) {
  std::map<std::string, int> counts;
  for (int i = 0; i < n; ++i) {
    race_for(self);
    const auto end = ending_of(in_child([&] {
      pthread_t thread;
      ::pthread_create(&thread, nullptr, change, other);
      ::execve(racing, const_cast<char**>(racing_argv), environ);
      // ENOENT and, where the wall met it, EACCES.
      ::_exit(errno == ENOENT || errno == EACCES ? 7 : 97);
    }));
    ++counts[end == "7" || end == "8" ? "ours" : "other " + end];
  }
  say(counts);
}

std::string spawn(const char* path, const char* code) {
  const char* const argv[] = {path, "exit", code, nullptr};
  pid_t child = -1;
  const int error = ::posix_spawn(&child, path, nullptr, nullptr,
                                  const_cast<char**>(argv), environ);
  return error != 0 ? strerrorname_np(error) : ending_of(child);
}

std::atomic<int> wrong;

void* spawn_some(void* n) {
  for (long i = 0; i < *static_cast<const long*>(n); ++i) {
    const bool there = i % 3 != 0;
    const char* const path = there ? "/bin/exec_storm" : "/bin/not_there";
    if (spawn(path, "5") != (there ? "5" : "ENOENT"))
      ++wrong;
    if (std::strcmp(path, there ? "/bin/exec_storm" : "/bin/not_there") != 0)
      ++wrong;
  }
  return nullptr;
}

void parallel(long n) {
  std::vector<pthread_t> threads(8);
  for (auto& each : threads)
    ::pthread_create(&each, nullptr, spawn_some, &n);
  for (const auto each : threads)
    ::pthread_join(each, nullptr);
  std::printf("wrong: %d\n", wrong.load());
}

/// As execvp(3) does, in a child that shares our memory.
std::string search_once() {
  static const char* const names[]
      = {"/nowhere/exec_storm", "/bin/none", "/f", "/f/x", self};
  static const char* const argv[] = {self, "exit", "3", nullptr};
  static int errors[4];
  // NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork)
  const pid_t child = ::vfork();
  if (child == 0) {
    // NOLINTNEXTLINE(clang-analyzer-unix.Vfork): shared memory is the point
    for (int k = 0; k < 5; ++k) {
      ::execve(names[k], const_cast<char**>(argv), environ);
      if (k < 4)
        errors[k] = errno;
    }
    ::_exit(96);
  }
  std::string seen;
  for (const int error : errors)
    seen += std::string(strerrorname_np(error)) + " ";
  return seen + ending_of(child) + " " + argv[0];
}

void search(int n) {
  std::map<std::string, int> counts;
  for (int i = 0; i < n; ++i)
    ++counts[search_once()];
  say(counts);
}

/// In place of its whole process.
void* run_exit(void* code) {
  const char* const argv[]
      = {self, "exit", static_cast<const char*>(code), nullptr};
  ::execve(self, const_cast<char**>(argv), environ);
  return nullptr;
}

void thread() {
  const auto end = ending_of(in_child([] {
    pthread_t other;
    char code[] = "9";
    ::pthread_create(&other, nullptr, run_exit, code);
    ::pthread_join(other, nullptr);
  }));
  const auto many = ending_of(in_child([] {
    std::vector<pthread_t> all(16);
    char code[] = "11";
    for (auto& each : all)
      ::pthread_create(&each, nullptr, run_exit, code);
    for (const auto each : all)
      ::pthread_join(each, nullptr);
  }));
  std::printf("one: %s\nsixteen: %s\n", end.c_str(), many.c_str());
}

/// A thread's first call is one that somebody may look closer at.
void* call_once(void*) {
  static_cast<void>(::access("/nowhere", F_OK));
  return nullptr;
}

void* make_threads(void*) {
  while (true) {
    pthread_t one;
    if (::pthread_create(&one, nullptr, call_once, nullptr) == 0)
      ::pthread_join(one, nullptr);
  }
}

void siblings(int n) {
  // Threads that catch signals are looked after.
  struct sigaction counted {};
  counted.sa_handler = [](int) {};
  ::sigaction(SIGUSR1, &counted, nullptr);
  std::map<std::string, int> counts;
  for (int i = 0; i < n; ++i)
    ++counts[ending_of(in_child([i] {
      pthread_t some;
      for (int k = 0; k < 4; ++k)
        ::pthread_create(&some, nullptr, make_threads, nullptr);
      for (int k = 0; k < i % 16; ++k)
        static_cast<void>(::access("/nowhere", F_OK));
      char code[] = "12";
      run_exit(code);
    }))];
  say(counts);
}

void signals(int n) {
  struct sigaction counted {};
  counted.sa_handler = [](int) {};
  ::sigaction(SIGUSR1, &counted, nullptr); // no SA_RESTART
  std::map<std::string, int> counts;
  for (int i = 0; i < n; ++i) {
    const pid_t child = in_child([] {
      sigset_t some;
      ::sigemptyset(&some);
      ::sigaddset(&some, SIGUSR1);
      const char* const argv[] = {self, "exit", "4", nullptr};
      // A thread's first call is the one that makes it known.
      while (::access("/nowhere", F_OK) == 0 || errno != ENOENT) {
      }
      for (int k = 0; k < 3; ++k)
        if (::execve("/nowhere", const_cast<char**>(argv), environ) == 0
            || errno != ENOENT)
          ::_exit(90);
      // What comes after exec would end the program.
      ::sigprocmask(SIG_BLOCK, &some, nullptr);
      ::execve(self, const_cast<char**>(argv), environ);
      ::_exit(errno);
    });
    const pid_t sender = in_child([child] {
      while (::kill(child, SIGUSR1) == 0) {
      }
      ::_exit(0);
    });
    ++counts[ending_of(child)];
    ::kill(sender, SIGKILL);
    ending_of(sender);
  }
  say(counts);
}

[[noreturn]] void nested(int n) {
  if (n == 0) {
    std::string fds;
    for (int fd = 0; fd < 256; ++fd)
      if (::fcntl(fd, F_GETFD) >= 0)
        fds += " " + std::to_string(fd);
    std::printf("fds%s\n", fds.c_str());
    std::exit(0);
  }
  const auto left = std::to_string(n - 1);
  const char* const argv[] = {self, "nested", left.c_str(), nullptr};
  ::execve(self, const_cast<char**>(argv), environ);
  std::_Exit(errno);
}

/// Memory that nobody can write to, through any mapping.
char* read_only(const char* text) {
  constexpr std::size_t page = 4096;
  const int fd = ::memfd_create("text", MFD_ALLOW_SEALING | MFD_CLOEXEC);
  if (::ftruncate(fd, page) != 0
      || ::pwrite(fd, text, std::strlen(text) + 1, 0) < 0)
    std::_Exit(95);
  ::fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW);
  return static_cast<char*>(
      ::mmap(nullptr, page, PROT_READ, MAP_SHARED, fd, 0));
}

void alias() {
  char* const path = read_only(self);
  const char* const argv[] = {path, "echo", "x", nullptr};
  std::fflush(stdout);
  const auto end = ending_of(
      in_child([&] { ::execve(path, const_cast<char**>(argv), environ); }));
  std::printf("ended %s\n", end.c_str());
}

/// The path and argv[0] are one string here, too.
void traced() {
  const std::string writable = self;
  const char* const path = writable.c_str();
  const char* const argv[] = {path, "echo", "x", nullptr};
  std::fflush(stdout);
  const pid_t child = in_child([&] {
    ::raise(SIGSTOP);
    ::execve("/bin/none", const_cast<char**>(argv), environ);
    if (errno != ENOENT
        || ::execve("/nowhere", const_cast<char**>(argv), environ) == 0)
      ::_exit(94);
    // The child of a vfork(2) shares the memory.
    // NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork)
    if (const pid_t other = ::vfork(); other == 0) {
      ::execve(path, const_cast<char**>(argv), environ);
      ::_exit(errno); // NOLINT(clang-analyzer-unix.Vfork): it execs or ends
    } else if (ending_of(other) != "0" || std::strcmp(path, self) != 0) {
      ::_exit(93);
    }
    ::execve(path, const_cast<char**>(argv), environ);
    ::_exit(errno);
  });
  int status = 0;
  ::waitpid(child, &status, WUNTRACED);
  ::ptrace(PTRACE_SEIZE, child, nullptr,
           PTRACE_O_TRACEEXEC | PTRACE_O_TRACEVFORK);
  ::kill(child, SIGCONT);
  int execs = 0;
  for (pid_t who; (who = ::waitpid(-1, &status, __WALL)) > 0;) {
    if (!WIFSTOPPED(status) && who == child)
      break;
    const bool event = status >> 16 != 0;
    execs += WIFSTOPPED(status) && status >> 16 == PTRACE_EVENT_EXEC ? 1 : 0;
    if (WIFSTOPPED(status))
      ::ptrace(PTRACE_CONT, who, nullptr, event ? 0 : WSTOPSIG(status));
  }
  std::printf("execs %d ended %d\n", execs, WEXITSTATUS(status));
}

/// No number is free, but more may be asked for.
void full() {
  const rlimit few{8, 16};
  ::setrlimit(RLIMIT_NOFILE, &few);
  while (::dup(1) >= 0) {
  }
  const auto end = ending_of(in_child([] {
    char code[] = "6";
    run_exit(code);
    ::_exit(errno);
  }));
  std::printf("ended %s\n", end.c_str());
}

void killed(int n) {
  for (int i = 0; i < n; ++i) {
    const pid_t child = in_child([] {
      char code[] = "0";
      run_exit(code);
    });
    for (int k = 0; k < i % 64; ++k)
      ::sched_yield();
    ::kill(child, SIGKILL);
    ending_of(child);
  }
  std::printf("still here: %s\n", spawn(self, "2").c_str());
}

/// What a program could call to have the stub believe something.
void forged() {
  static char room[32768];
  for (const long token : {0L, 1L, 5L, 63L}) {
    ::syscall(SYS_execve, "//cordon-stub//", room, token);
    std::printf("greeting = %s\n", strerrorname_np(errno));
  }
  std::fflush(stdout);
  const auto end = ending_of(in_child([] {
    ::close(2);
    const char* const argv[] = {"x", nullptr};
    for (long token = 0; token < 64; ++token)
      ::syscall(SYS_execve, 0x1F003FL - token, argv, argv);
    ::_exit(93);
  }));
  std::printf("stub without anything: %s\n", end == "93" ? "93" : "ended");
}

pthread_barrier_t together;

void* change_directory(void*) {
  for (int i = 0; i < 5; ++i) {
    ::pthread_barrier_wait(&together);
    if (::chdir(i % 2 == 0 ? "/bin" : "/") != 0)
      ++wrong;
    if (::chdir("/nowhere") == 0 || errno != ENOENT)
      ++wrong;
  }
  return nullptr;
}

void crowd(unsigned n) {
  ::pthread_barrier_init(&together, nullptr, n);
  std::vector<pthread_t> threads(n);
  for (auto& each : threads)
    ::pthread_create(&each, nullptr, change_directory, nullptr);
  for (const auto each : threads)
    ::pthread_join(each, nullptr);
  char where[64] = {};
  std::printf("wrong: %d in %s\n", wrong.load(), ::getcwd(where, sizeof where));
}

} // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  const int n = argc > 2 ? std::atoi(argv[2]) : 0;
  if (const char* const other = ::getenv("EXEC_STORM"))
    self = other;
  if (what == "exit")
    return n;
  if (what == "echo") {
    std::printf("[%s] [%s]\n", argv[0], argv[2]);
    return 0;
  }
  if (what == "race" && argc == 4)
    race(n, argv[3]);
  else if (what == "parallel")
    parallel(n);
  else if (what == "search")
    search(n);
  else if (what == "thread")
    thread();
  else if (what == "siblings")
    siblings(n);
  else if (what == "signals")
    signals(n);
  else if (what == "nested")
    nested(n);
  else if (what == "alias")
    alias();
  else if (what == "traced")
    traced();
  else if (what == "full")
    full();
  else if (what == "killed")
    killed(n);
  else if (what == "forged")
    forged();
  else if (what == "crowd")
    crowd(static_cast<unsigned>(n));
  return 0;
}
