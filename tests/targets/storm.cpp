// storm KIND CALLS DIRECTORY: one thread makes calls that a supervisor sees
// while signals rain on it, and counts what each call did. Prints how many
// calls failed, how many took effect more or less than once, and whether there
// were signals.
//   timer      a timer of 100 us whose handler restarts calls
//   abrupt     the same, but the handler does not restart calls
//   preempt    SIGURG by tgkill(2) from another thread, as Go preempts
//   children   SIGCHLD of children that end all the time, not restarting
//   stop       SIGSTOP and SIGCONT by another process, and a SIGCONT handler
// Calls: fork and wait, the child appending one byte; an attribute that must
// not exist yet; one that must. Done twice, or not at all, shows in each.
#include "tests/targets/probe.hpp"

#include <sys/stat.h>
#include <sys/time.h>
#include <sys/xattr.h>

#include <atomic>
#include <thread>

namespace {

std::atomic<bool> over;
std::atomic<int> signals;
int failed, wrong;
int log_file;

void count_signal(int) {
  ++signals;
}

void handle(int number, bool restarts) {
  struct sigaction act {};
  act.sa_handler = count_signal;
  act.sa_flags = restarts ? SA_RESTART : 0;
  ::sigaction(number, &act, nullptr);
}

void start_timer() {
  const itimerval often{{0, 100}, {0, 100}};
  ::setitimer(ITIMER_REAL, &often, nullptr);
}

void fork_once() {
  static int expected_size = 0;
  const pid_t child = ::fork();
  if (child == 0)
    ::_exit(::write(log_file, "x", 1) == 1 ? 0 : 1);
  if (child < 0) {
    ++failed;
    return;
  }
  ++expected_size;
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  struct stat facts {};
  ::fstat(log_file, &facts);
  wrong += facts.st_size != expected_size;
}

/// EEXIST or ENODATA here: the call was carried out twice.
bool changed(long done) {
  if (done != 0)
    ++(errno == EEXIST || errno == ENODATA ? wrong : failed);
  return done == 0;
}

void change_once(const char* path) {
  if (changed(::setxattr(path, "user.x", "v", 1, XATTR_CREATE)))
    while (!changed(::removexattr(path, "user.x")) && errno == EINTR) {
    }
}

/// The mode read back is the mode set.
void chmod_once(const char* path, mode_t mode) {
  struct stat facts {};
  if (::chmod(path, mode) != 0)
    ++failed;
  else if (::stat(path, &facts) != 0 || (facts.st_mode & 0777) != mode)
    ++wrong;
}

void prepare(const std::string& directory) {
  const auto log = directory + "/log";
  ::close(::open((directory + "/file").c_str(), O_CREAT | O_WRONLY, 0600));
  log_file = ::open(log.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_APPEND, 0600);
}

void make_calls(int calls, const std::string& path) {
  for (int i = 0; i < calls; ++i) {
    if (i % 4 == 3)
      fork_once();
    else if (i % 4 == 1)
      change_once(path.c_str());
    else
      chmod_once(path.c_str(), 0600 | (i & 077));
  }
}

/// Signals the first thread until it is done.
std::thread signal_from_thread(int number) {
  return std::thread([number, pid = ::getpid()] {
    while (!over) {
      probe::call(SYS_tgkill, pid, pid, number);
      ::usleep(50);
    }
  });
}

/// Stops and continues `pid` until it is gone or we are killed.
pid_t stopper(pid_t pid) {
  const pid_t child = ::fork();
  if (child != 0)
    return child;
  while (::kill(pid, SIGSTOP) == 0 && ::usleep(100) == 0
         && ::kill(pid, SIGCONT) == 0)
    ::usleep(700);
  ::_exit(0);
}

/// A child that makes and reaps children of its own would tell nobody: these
/// are the first process's, which never waits for them by number.
pid_t born_to_die() {
  const pid_t child = ::fork();
  if (child == 0)
    ::_exit(0);
  return child;
}

std::thread flood_of_children() {
  return std::thread([] {
    while (!over) {
      const pid_t child = born_to_die();
      if (child > 0)
        ::waitpid(child, nullptr, 0);
    }
  });
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 4)
    return 98;
  const std::string_view kind = argv[1];
  const int calls = std::atoi(argv[2]);
  std::thread other;
  pid_t helper = 0;
  const std::string directory = argv[3];
  prepare(directory);
  if (kind == "timer" || kind == "abrupt") {
    handle(SIGALRM, kind == "timer");
    start_timer();
  } else if (kind == "preempt") {
    handle(SIGURG, true);
    other = signal_from_thread(SIGURG);
  } else if (kind == "children") {
    handle(SIGCHLD, false);
    other = flood_of_children();
  } else if (kind == "stop") {
    handle(SIGCONT, false);
    helper = stopper(::getpid());
  } else {
    return 98;
  }
  make_calls(calls, directory + "/file");
  over = true;
  if (other.joinable())
    other.join();
  if (helper > 0) {
    ::kill(helper, SIGKILL);
    ::kill(::getpid(), SIGCONT);
  }
  probe::say("failed", std::to_string(failed));
  probe::say("wrong", std::to_string(wrong));
  probe::say("signals", signals > calls / 100 ? "many" : "few");
  return 0;
}
