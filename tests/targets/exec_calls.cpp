// Starts programs in every way there is, and says what came of it. Makes its
// own files, in the directory it is started in. Run in a chroot(2) and in a
// view: the output has to be the same.
//
//   exec_calls            the table
//   exec_calls show WORD… what a program finds when it starts
//   exec_calls count WORD…  how many arguments, and how long they are
#include "tests/targets/exec_files.hpp"

#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

extern "C" void _start(); // NOLINT(readability-identifier-naming): ld names it
extern char** environ;

using namespace exec_files;

namespace {

constexpr int check_only = 0x10000; // AT_EXECVE_CHECK

void say(const std::string& text) {
  [[maybe_unused]] const auto n = ::write(1, text.data(), text.size());
}

std::string name_of(int error) {
  const char* const name = strerrorname_np(error);
  return name != nullptr ? name : std::to_string(error);
}

/// A string that the kernel left for a new program.
const char* text_left(unsigned long type) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): it hands addresses over so
  return reinterpret_cast<const char*>(::getauxval(type));
}

/// What a program is told: everything that must not depend on who started it.
int show(int argc, char** argv) {
  std::string text = "  argv";
  for (int i = 0; i < argc; ++i)
    text += " [" + std::string(argv[i]) + "]";
  text += "\n  env";
  for (char** each = environ; *each != nullptr; ++each)
    text += " [" + std::string(*each) + "]";
  char comm[17] = {};
  ::prctl(PR_GET_NAME, comm);
  text += "\n  name " + std::string(text_left(AT_EXECFN)) + " comm " + comm;
  // Arguments and environment lie one after the other.
  bool packed = true;
  for (int i = 0; i + 1 < argc; ++i)
    packed = packed && argv[i] + std::strlen(argv[i]) + 1 == argv[i + 1];
  if (argc > 0 && environ[0] != nullptr)
    packed = packed
             && argv[argc - 1] + std::strlen(argv[argc - 1]) + 1 == environ[0];
  text += packed ? "\n  packed" : "\n  scattered";
  text += " entry "
          + std::to_string(::getauxval(AT_ENTRY)
                           == reinterpret_cast<unsigned long>(&_start));
  text += " phdr " + std::to_string(::getauxval(AT_PHDR) != 0) + " random "
          + std::to_string(::getauxval(AT_RANDOM) != 0) + " platform "
          + text_left(AT_PLATFORM);
  text += " secure " + std::to_string(::getauxval(AT_SECURE)) + " base "
          + std::to_string(::getauxval(AT_BASE));
  text += "\n  fds";
  for (int fd = 0; fd < 64; ++fd)
    if (::fcntl(fd, F_GETFD) >= 0)
      text += " " + std::to_string(fd);
  sigset_t mask;
  ::sigprocmask(SIG_SETMASK, nullptr, &mask);
  text += "\n  blocked";
  for (int number = 1; number < 32; ++number)
    if (::sigismember(&mask, number) == 1)
      text += " " + std::to_string(number);
  struct sigaction usr1 {};
  ::sigaction(SIGUSR1, nullptr, &usr1);
  text += usr1.sa_handler == SIG_IGN ? " ignores" : " default";
  text += " dumpable " + std::to_string(::prctl(PR_GET_DUMPABLE));
  const auto before = reinterpret_cast<std::intptr_t>(::sbrk(1 << 20));
  text += before != -1 ? " grows" : " is stuck";
  say(text + "\n");
  return argc;
}

int count(int argc, char** argv) {
  std::size_t bytes = 0;
  for (int i = 0; i < argc; ++i)
    bytes += std::strlen(argv[i]) + 1;
  say("  " + std::to_string(argc) + " of " + std::to_string(bytes) + "\n");
  return 0;
}

/// In a child: `what` execs or returns an errno.
void attempt(const std::string& name, const std::function<int()>& what) {
  const pid_t child = ::fork();
  if (child == 0) {
    const int error = what();
    say(name + " = " + name_of(error) + "\n");
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFSIGNALED(status))
    say(name + ": signal " + std::to_string(WTERMSIG(status)) + "\n");
  else if (WEXITSTATUS(status) != 0)
    say(name + ": " + std::to_string(WEXITSTATUS(status)) + "\n");
}

int exec(const char* path, std::vector<const char*> argv = {"zero", "show"},
         std::vector<const char*> env = {"A=b"}) {
  argv.push_back(nullptr);
  env.push_back(nullptr);
  ::syscall(SYS_execve, path, argv.data(), env.data());
  return errno;
}

int execat(int fd, const char* path, int flags,
           std::vector<const char*> argv = {"zero", "show"}) {
  argv.push_back(nullptr);
  const char* const env[] = {nullptr};
  const auto done = ::syscall(SYS_execveat, fd, path, argv.data(), env, flags);
  return done < 0 ? errno : 0;
}

void by_name() {
  for (const char* const path : {self,
                                 "link",
                                 "./link",
                                 "/x/../x/link",
                                 "",
                                 "/none",
                                 "none/x",
                                 "plain/x",
                                 "dir",
                                 ".",
                                 "/",
                                 "loop",
                                 "plain",
                                 "empty",
                                 "closed",
                                 "cut",
                                 "elf_other",
                                 "elf_old",
                                 "elf_object",
                                 "elf_no_loader",
                                 "elf_text_loader",
                                 "elf_short_loader",
                                 "elf_dir_loader",
                                 "elf_closed_loader",
                                 "elf_relative_loader",
                                 "elf_open_end",
                                 "elf_one_byte",
                                 "script",
                                 "./script",
                                 "script_relative",
                                 "script_words",
                                 "script_return",
                                 "script_end",
                                 "script_bare",
                                 "script_blank",
                                 "script_none",
                                 "script_dir",
                                 "script_closed",
                                 "script_plain",
                                 "script_no_end",
                                 "script_nul",
                                 "script_long",
                                 "script_long_rest",
                                 "script_itself",
                                 "level1",
                                 "level2",
                                 "level3",
                                 "level4",
                                 "level5",
                                 "level6",
                                 "link/",
                                 "plain/"})
    attempt("exec " + std::string(path), [&] {
      return exec(path, {"zero", "show", "a", ""});
    });
  attempt("long", [] { return exec(std::string(5000, 'a').c_str()); });
  attempt("null", [] { return exec(nullptr); });
  attempt("bad path", [] { return exec(reinterpret_cast<char*>(8)); });
}

void by_lists() {
  attempt("no arguments", [] { return exec(self, {}); });
  attempt("script without arguments", [] { return exec("script", {}); });
  attempt("empty zero", [] { return exec("script", {"", "x"}); });
  attempt("no environment", [] { return exec(self, {"z", "show"}, {}); });
  attempt("null lists", [] {
    ::syscall(SYS_execve, "script", nullptr, nullptr);
    return errno;
  });
  attempt("bad list", [] {
    ::syscall(SYS_execve, self, 8, nullptr);
    return errno;
  });
  attempt("too long", [] {
    const std::string word(200'000, 'a');
    return exec(self, {"z", word.c_str()});
  });
  attempt("too many", [] {
    const std::string word(100'000, 'a');
    return exec(self, std::vector<const char*>(100, word.c_str()));
  });
  for (const std::size_t length : {131'071U, 131'072U}) // MAX_ARG_STRLEN - 1
    for (const char* const path : {self, "script_count"})
      attempt("longest " + std::string(path) + " " + std::to_string(length),
              [&] {
                const std::string word(length, 'a');
                return exec(path, {"z", "count", word.c_str()});
              });
  // A quarter of the stack's limit. How long the program's name is counts too,
  // so not to the byte.
  const rlimit stack{8U << 20U, 8U << 20U};
  ::setrlimit(RLIMIT_STACK, &stack);
  constexpr std::size_t each = 16'384, all = 2U << 20U, some = 4096;
  for (const std::size_t total : {all - some, all + some})
    attempt("all " + std::to_string(total), [&] {
      const auto word_of = [](std::size_t bytes) {
        return std::string(bytes - 1 - sizeof(char*), 'a');
      };
      std::vector<std::string> words;
      auto left = total;
      for (; left > each; left -= each)
        words.push_back(word_of(each));
      words.push_back(word_of(left));
      std::vector<const char*> argv = {"z", "count"};
      for (const auto& word : words)
        argv.push_back(word.c_str());
      return exec(self, argv);
    });
  attempt("long zero", [] {
    const std::string word(5'000, 'z');
    return exec("script", {word.c_str(), "x"}, {"E=f", "G=h"});
  });
}

void by_fd() {
  const auto fd_of = [](const char* path, int flags) {
    return ::open(path, O_RDONLY | flags);
  };
  for (const int flags : {0, O_CLOEXEC, O_PATH, O_PATH | O_CLOEXEC})
    for (const char* const path : {self, "script", "plain", "dir"})
      attempt("fd " + std::string(path) + " " + std::to_string(flags),
              [&] { return execat(fd_of(path, flags), "", AT_EMPTY_PATH); });
  for (const int flags : {O_DIRECTORY, O_DIRECTORY | O_CLOEXEC})
    for (const char* const path : {"link", "script", "none", "", "dir"})
      attempt("at " + std::string(path) + " " + std::to_string(flags),
              [&] { return execat(fd_of(".", flags), path, 0); });
  attempt("no follow",
          [] { return execat(AT_FDCWD, "link", AT_SYMLINK_NOFOLLOW); });
  attempt("no follow file",
          [] { return execat(AT_FDCWD, self, AT_SYMLINK_NOFOLLOW); });
  attempt("unknown flag", [] { return execat(AT_FDCWD, self, 0x2000); });
  attempt("unknown flag, no path", [] { return execat(AT_FDCWD, "", 0x2000); });
  attempt("unknown flag, none",
          [] { return execat(AT_FDCWD, "none", 0x2000); });
  attempt("bad fd", [] { return execat(77, "x", 0); });
  attempt("bad fd, whole path", [] { return execat(77, self, 0); });
  attempt("bad fd, no path", [] { return execat(77, "", AT_EMPTY_PATH); });
  attempt("here, no path", [] { return execat(AT_FDCWD, "", AT_EMPTY_PATH); });
  attempt("a file, path", [&] { return execat(fd_of("plain", 0), "x", 0); });
  attempt("null path",
          [&] { return execat(fd_of("plain", 0), nullptr, AT_EMPTY_PATH); });
  for (const char* const path : {self, "plain", "dir", "none", "closed"})
    attempt("check " + std::string(path), [&] {
      const int error = execat(AT_FDCWD, path, check_only);
      return error;
    });
}

int memory_program(unsigned flags) {
  const int fd = static_cast<int>(::memfd_create("made", flags));
  const int from = ::open(self, O_RDONLY | O_CLOEXEC);
  char bytes[65536];
  for (ssize_t n; (n = ::read(from, bytes, sizeof bytes)) > 0;)
    [[maybe_unused]] const auto w
        = ::write(fd, bytes, static_cast<std::size_t>(n));
  ::close(from);
  return fd;
}

void by_memory() {
  for (const unsigned flags : {0U, 1U, 8U}) { // MFD_NOEXEC_SEAL
    const int fd = memory_program(flags);
    attempt("memory " + std::to_string(flags),
            [&] { return execat(fd, "", AT_EMPTY_PATH); });
    ::close(fd);
  }
  constexpr int no_mode_change = 0x20; // F_SEAL_EXEC
  for (const int seals :
       {F_SEAL_WRITE, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE,
        no_mode_change | F_SEAL_FUTURE_WRITE}) {
    const int fd = memory_program(MFD_ALLOW_SEALING | MFD_CLOEXEC);
    if (::fcntl(fd, F_ADD_SEALS, seals) != 0)
      say("seals: " + name_of(errno) + "\n");
    const char* const argv[] = {"sealed", "show", nullptr};
    attempt("sealed " + std::to_string(seals), [&] {
      ::fexecve(fd, const_cast<char**>(argv), environ);
      return errno;
    });
    ::close(fd);
  }
  const int script = static_cast<int>(::memfd_create("script", 0));
  const auto text = std::string("#!") + self + " show\n";
  [[maybe_unused]] const auto n = ::write(script, text.data(), text.size());
  attempt("script in memory",
          [&] { return execat(script, "", AT_EMPTY_PATH); });
}

void by_state() {
  attempt("busy", [] {
    make("busy", "x");
    const int fd = ::open("busy", O_WRONLY | O_CLOEXEC);
    const int error = exec("busy");
    ::close(fd);
    return error;
  });
  attempt("signals", [] {
    sigset_t some;
    ::sigemptyset(&some);
    ::sigaddset(&some, SIGUSR2);
    ::sigaddset(&some, SIGHUP);
    ::sigprocmask(SIG_BLOCK, &some, nullptr);
    ::signal(SIGUSR1, SIG_IGN);
    return exec(self);
  });
  attempt("fds", [] {
    ::fcntl(1, F_DUPFD, 20);
    ::fcntl(1, F_DUPFD_CLOEXEC, 30);
    return exec(self);
  });
  attempt("hidden", [] {
    ::prctl(PR_SET_DUMPABLE, 0);
    say("  dumpable " + std::to_string(::prctl(PR_GET_DUMPABLE)) + "\n");
    if (exec("none") != ENOENT)
      say("  none\n");
    return exec(self);
  });
  attempt("hidden script", [] {
    ::prctl(PR_SET_DUMPABLE, 0);
    return exec("script");
  });
  attempt("pending", [] {
    ::signal(SIGUSR1, [](int) { say("  handled\n"); });
    sigset_t some;
    ::sigemptyset(&some);
    ::sigaddset(&some, SIGUSR1);
    ::sigprocmask(SIG_BLOCK, &some, nullptr);
    ::raise(SIGUSR1);
    const int error = exec("none");
    ::sigprocmask(SIG_UNBLOCK, &some, nullptr);
    return error;
  });
}

} // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "count") == 0)
    return count(argc, argv);
  if (argc == 0 || argc > 1 || std::strcmp(argv[0], self) != 0)
    return show(argc, argv);
  ::umask(022);
  ::mkdir("/x", 0755);
  if (::chdir("/x") != 0)
    return 1;
  make_files();
  by_name();
  by_lists();
  by_fd();
  by_memory();
  by_state();
  return 0;
}
