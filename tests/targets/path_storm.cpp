// path_storm KIND COUNT: calls about paths in the directory "/d" of a root,
// while something works against them. Prints what went wrong, all zero when
// nothing did.
//   signals    a timer of 100 us whose handler does not restart calls
//   flip       another thread changes the path between "/d/f" and "/secret"
//   shared     another process that shares the memory does
//   exchange   another thread exchanges a directory and a link that leads up
//   fds        nothing; that no fd is left behind
//   mixed      nothing; COUNT rounds of calls of every kind for each byte of
//              its input, after which it prints a line
#include "tests/targets/probe.hpp"

#include <sched.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <atomic>
#include <thread>
#include <vector>

namespace {

std::atomic<bool> over;
std::atomic<int> signals;
volatile char path[32];

void count_signal(int) {
  ++signals;
}

void rain() {
  struct sigaction act {};
  act.sa_handler = count_signal;
  ::sigaction(SIGALRM, &act, nullptr);
  const itimerval often{{0, 100}, {0, 100}};
  ::setitimer(ITIMER_REAL, &often, nullptr);
}

/// One of each; how many failed.
int make_all(bool far) {
  struct stat facts {};
  char here[64];
  int failed = 0;
  const auto must = [&](long result) { failed += result < 0; };
  must(::stat("f", &facts));
  const int fd = ::open("f", O_RDONLY | O_CLOEXEC);
  must(fd);
  ::close(fd);
  const int made = ::open("made", O_CREAT | O_EXCL | O_WRONLY, 0600);
  must(made);
  ::close(made);
  must(::rename("made", "moved"));
  must(::link("moved", "other"));
  must(::unlink("moved"));
  must(::unlink("other"));
  must(::mkdir("new", 0700));
  must(::rmdir("new"));
  must(::chdir(far ? "e/.." : "/d"));
  must(::getcwd(here, sizeof here) == nullptr ? -1 : 0);
  failed += std::string_view(here) != "/d";
  return failed;
}

void set_path(const char* to) {
  for (int i = 0;; ++i) {
    path[i] = to[i];
    if (to[i] == '\0')
      return;
  }
}

void flip() {
  while (!over) {
    set_path("/d/f");
    set_path("/secret");
  }
}

int flip_in_process(void*) {
  flip();
  return 0;
}

/// Opens whatever the path says; how often that was the secret.
int read_all(int count) {
  int leaks = 0;
  for (int i = 0; i < count; ++i) {
    const long fd = ::syscall(SYS_open, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
      continue;
    char text[6] = {};
    if (::read(static_cast<int>(fd), text, sizeof text) > 0)
      leaks += std::memcmp(text, "secret", 6) == 0;
    ::close(static_cast<int>(fd));
  }
  return leaks;
}

int exchange(int count) {
  ::mkdir("/d/x", 0755);
  static_cast<void>(::symlink("../../../../../../..", "/d/y"));
  std::thread exchanger{[] {
    while (!over)
      ::syscall(SYS_renameat2, AT_FDCWD, "/d/x", AT_FDCWD, "/d/y", 2);
  }};
  int leaks = 0;
  for (int i = 0; i < count; ++i)
    for (const char* const name : {"/d/x/../../../etc/passwd",
                                   "/d/x/etc/passwd", "x/../../etc/passwd"}) {
      const int fd = ::open(name, O_RDONLY | O_CLOEXEC);
      leaks += fd >= 0;
      ::close(fd);
    }
  over = true;
  exchanger.join();
  return leaks;
}

/// What make_all leaves out, with programs started now and then; how much
/// failed.
int make_more(int number) {
  int failed = 0;
  const auto must = [&](long result) { failed += result < 0; };
  char text[4096];
  const auto closed = [&](long fd) {
    must(fd);
    ::close(static_cast<int>(fd));
  };
  closed(::open("/sl", O_PATH | O_NOFOLLOW | O_CLOEXEC));
  closed(::open("/proc/self/status", O_RDONLY | O_CLOEXEC));
  const int directory = ::open("..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  must(::syscall(SYS_getdents64, directory, text, sizeof text));
  closed(directory);
  must(::readlink("/proc/self/exe", text, sizeof text));
  must(::chmod("f", 0600 + number % 2));
  must(::utimensat(AT_FDCWD, "f", nullptr, 0));
  must(::access("/d/f", R_OK));
  if (number % 500 != 0)
    return failed;
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl("/bin/path_storm", "path_storm", nullptr);
    ::_exit(1);
  }
  int status = 0;
  // (That a signal interrupts, as it always does.)
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return failed + (status != 2 << 8);
}

void mixed(int count) {
  int number = 0;
  for (char byte; ::read(0, &byte, 1) == 1;) {
    int wrong = 0;
    for (int i = 0; i < count; ++i, ++number)
      wrong += make_all(number % 2 == 0) + make_more(number);
    std::printf("wrong %d after %d\n", wrong, number);
    std::fflush(stdout);
  }
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 3)
    return 2;
  const std::string_view kind = argv[1];
  const int count = std::atoi(argv[2]);
  int wrong = ::chdir("/d") != 0;
  if (kind == "signals") {
    rain();
    for (int i = 0; i < count; ++i)
      wrong += make_all(i % 2 == 0) + make_more(i);
    std::printf("signals %s ", signals > 0 ? "came" : "were missed");
  } else if (kind == "flip") {
    set_path("/d/f");
    std::thread flipper{flip};
    wrong += read_all(count);
    over = true;
    flipper.join();
  } else if (kind == "shared") {
    set_path("/d/f");
    std::vector<char> stack(65536);
    const int child = ::clone(flip_in_process, stack.data() + stack.size(),
                              CLONE_VM | SIGCHLD, nullptr);
    wrong += child < 0;
    wrong += read_all(count);
    over = true;
    ::waitpid(child, nullptr, 0);
  } else if (kind == "exchange") {
    wrong += exchange(count);
  } else if (kind == "mixed") {
    mixed(count);
    return 0;
  } else if (kind == "fds") {
    const int before = ::open("f", O_RDONLY | O_CLOEXEC);
    for (int i = 0; i < count; ++i)
      wrong += make_all(i % 2 == 0);
    wrong += ::open("f", O_RDONLY | O_CLOEXEC) != before + 1;
  } else {
    return 2;
  }
  std::printf("wrong %d\n", wrong);
  return 0;
}
