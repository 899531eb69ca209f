// waiting_opens DIRECTORY KIND…: opens that wait for somebody, in a directory
// of the caller's. Prints one line a kind, which is the same inside and
// outside:
//   meet         twenty readers wait at FIFOs of their own, then writers come
//   meet-writer  the same, writers first
//   at-once      opens of a FIFO that wait for nobody
//   interrupted  a signal whose handler does not restart calls ends the wait
//   restarted    signals whose handler restarts calls do not
//   killed       who is killed while waiting is no reader any more
//   lease        the file "leased", which somebody outside holds a lease on
//   crowd COUNT  more than 128 that wait at once: how many were turned away
#include "tests/targets/probe.hpp"

#include <sys/mman.h>
#include <sys/stat.h>

#include <atomic>
#include <map>
#include <vector>

namespace {

/// Shared by parent and children.
struct board {
  std::atomic<int> signals;
  std::atomic<int> ready;
  std::atomic<int> refused;
};
board* shared;

void count_signal(int) {
  ++shared->signals;
}

void handle(int signal, int flags) {
  struct sigaction act {};
  act.sa_handler = count_signal;
  act.sa_flags = flags;
  ::sigaction(signal, &act, nullptr);
}

template <class F>
pid_t child(F body) {
  std::fflush(stdout);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::alarm(50);
    ::_exit(body());
  }
  return pid;
}

int code_of(pid_t pid) {
  int status = -1;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Lets others run a little.
void pause_a_little() {
  ::usleep(2000);
}

std::string fifo(int number) {
  auto name = "fifo" + std::to_string(number);
  ::mkfifo(name.c_str(), 0600);
  return name;
}

/// errno of an open, or 0.
int try_open(const std::string& name, int flags) {
  const int fd = ::open(name.c_str(), flags | O_CLOEXEC);
  const int error = fd < 0 ? errno : 0;
  ::close(fd);
  return error;
}

int read_word(const std::string& name) {
  const int fd = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return 2;
  char text[8] = {};
  // The writer's end, then nothing more.
  const bool got = ::read(fd, text, 5) == 5 && ::read(fd, text + 5, 1) == 0;
  return got && std::string_view(text) == "hello" ? 0 : 3;
}

int write_word(const std::string& name) {
  const int fd = ::open(name.c_str(), O_WRONLY | O_CLOEXEC);
  const bool wrote = fd >= 0 && ::write(fd, "hello", 5) == 5;
  ::close(fd);
  return wrote ? 0 : 2;
}

std::string meet(int (*first)(const std::string&),
                 int (*second)(const std::string&)) {
  constexpr int count = 20;
  std::vector<pid_t> all;
  all.reserve(2UL * count);
  for (int i = 0; i < count; ++i)
    all.push_back(child([=] { return first(fifo(i)); }));
  pause_a_little();
  for (int i = 0; i < count; ++i)
    all.push_back(child([=] { return second(fifo(i)); }));
  int wrong = 0;
  for (const auto pid : all)
    wrong += code_of(pid) != 0;
  return "wrong " + std::to_string(wrong);
}

std::string at_once() {
  const auto name = fifo(100);
  std::string text;
  for (const int flags : {O_WRONLY | O_NONBLOCK, O_RDONLY | O_NONBLOCK, O_RDWR,
                          O_RDWR | O_NONBLOCK})
    text += std::to_string(try_open(name, flags)) + " ";
  const int reader = ::open(name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  const int writer = ::open(name.c_str(), O_WRONLY | O_CLOEXEC);
  text += std::to_string(::fcntl(reader, F_GETFL) & O_NONBLOCK) + " "
          + std::to_string(::fcntl(writer, F_GETFL) & O_NONBLOCK);
  ::close(reader);
  ::close(writer);
  return text;
}

std::string interrupted() {
  const auto name = fifo(101);
  handle(SIGUSR1, 0);
  const pid_t waiting = child([&] {
    ++shared->ready;
    return try_open(name, O_RDONLY) == EINTR ? 0 : 2;
  });
  while (shared->ready == 0)
    pause_a_little();
  int status = -1;
  while (::waitpid(waiting, &status, WNOHANG) == 0) {
    ::kill(waiting, SIGUSR1);
    pause_a_little();
  }
  return "ended " + std::to_string(status) + " writer "
         + std::to_string(try_open(name, O_WRONLY | O_NONBLOCK));
}

std::string restarted() {
  const auto name = fifo(102);
  shared->signals = 0;
  handle(SIGUSR2, SA_RESTART);
  const pid_t waiting = child([&] { return read_word(name); });
  while (shared->signals < 5) {
    ::kill(waiting, SIGUSR2);
    ::usleep(20000);
  }
  const int wrote = write_word(name);
  return "wrote " + std::to_string(wrote) + " read "
         + std::to_string(code_of(waiting));
}

std::string killed() {
  const auto name = fifo(103);
  const pid_t waiting = child([&] { return read_word(name); });
  // Its half of the FIFO shows that it waits.
  while (try_open(name, O_WRONLY | O_NONBLOCK) == ENXIO)
    pause_a_little();
  const pid_t second = child([&] { return read_word(name); });
  pause_a_little();
  ::kill(second, SIGKILL);
  const int end = code_of(second);
  static_cast<void>(code_of(waiting));
  while (try_open(name, O_WRONLY | O_NONBLOCK) != ENXIO)
    pause_a_little();
  // Who comes afterwards waits for somebody who lives.
  const pid_t third = child([&] { return read_word(name); });
  const int wrote = write_word(name);
  return "end " + std::to_string(end) + " wrote " + std::to_string(wrote)
         + " read " + std::to_string(code_of(third));
}

/// Opens "leased" and sets its length. Others go on meanwhile; says so, and the
/// lease is to be given up then.
std::string lease() {
  const int refused = try_open("leased", O_WRONLY | O_NONBLOCK);
  const pid_t opens = child([] { return try_open("leased", O_WRONLY); });
  const pid_t cuts = child([] { return ::truncate("leased", 2); });
  for (int i = 0; i < 20; ++i)
    pause_a_little();
  struct stat facts {};
  const int looked = ::stat("leased", &facts);
  const bool both_wait = ::waitpid(opens, nullptr, WNOHANG) == 0
                         && ::waitpid(cuts, nullptr, WNOHANG) == 0;
  probe::say("waiting", std::to_string(both_wait));
  const int opened = code_of(opens), cut = code_of(cuts);
  const auto before = facts.st_size;
  static_cast<void>(::stat("leased", &facts));
  return std::to_string(refused) + " " + std::to_string(looked) + " "
         + std::to_string(before) + " " + std::to_string(opened) + " "
         + std::to_string(cut) + " " + std::to_string(facts.st_size);
}

/// 128 wait, the others are turned away with EAGAIN; then all are killed.
std::string crowd(int count) {
  std::vector<pid_t> all;
  all.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i)
    all.push_back(child([=] {
      const auto name = fifo(1000 + i);
      ++shared->ready;
      if (try_open(name, O_RDONLY) == EAGAIN)
        ++shared->refused;
      ::pause();
      return 0;
    }));
  while (shared->ready < count)
    pause_a_little();
  while (shared->refused < count - 128)
    pause_a_little();
  const int refused = shared->refused;
  for (const auto pid : all)
    ::kill(pid, SIGKILL);
  for (const auto pid : all)
    static_cast<void>(code_of(pid));
  // Room again, once the dead have been let go of.
  int wrong = 1;
  for (int round = 0; round < 1000 && wrong != 0; ++round) {
    const pid_t reader = child([&] { return read_word(fifo(104)); });
    const pid_t writer = child([&] {
      for (int i = 0; i < 1000; ++i)
        if (const int fd = ::open("fifo104", O_WRONLY | O_NONBLOCK); fd >= 0)
          return ::write(fd, "hello", 5) == 5 ? 0 : 2;
        else
          pause_a_little();
      return 3;
    });
    wrong = code_of(reader);
    ::kill(writer, SIGKILL);
    static_cast<void>(code_of(writer));
  }
  return "refused " + std::to_string(refused) + " afterwards "
         + std::to_string(wrong);
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 3 || ::chdir(argv[1]) != 0)
    return 2;
  shared = new (::mmap(nullptr, sizeof(board), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0)) board{};
  const std::map<std::string_view, std::string (*)()> kinds
      = {{"meet", [] { return meet(read_word, write_word); }},
         {"meet-writer", [] { return meet(write_word, read_word); }},
         {"at-once", at_once},
         {"interrupted", interrupted},
         {"restarted", restarted},
         {"killed", killed},
         {"lease", lease}};
  for (int i = 2; i < argc; ++i) {
    const std::string_view kind = argv[i];
    if (kind == "crowd" && i + 1 < argc)
      probe::say(kind, crowd(std::atoi(argv[++i])));
    else
      probe::say(kind, kinds.at(kind)());
  }
  return 0;
}
