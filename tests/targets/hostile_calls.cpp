// hostile_calls TRICK DIRECTORY [OTHER]: calls that a supervisor carries out,
// by a program that does not wish it well. OTHER: a file that is not granted.
//   flip     a thread swaps the path for OTHER's while the call is on its way
//   share    a process that shares the memory does
//   memory   paths and structures in memory of every unpleasant kind
//   unmap    a thread unmaps and remaps the path all the time
//   full     without a free file descriptor
//   exec     a thread execs while others are in calls
//   threads  thousands of threads that make one call and end
//   killed   children that are killed in the middle of a call
//   crowd    64 threads that call at once
//   orphan   says "ready", waits for DIRECTORY/go, then calls without anybody
//            to answer, and tries to answer itself
#include "tests/targets/probe.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/xattr.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>
#include <vector>

using namespace probe;

namespace {

constexpr std::size_t page = 4096;
std::string mine, other; ///< the granted file, and the one that is not
std::atomic<bool> over;

void write_name(char* at) {
  std::memcpy(at, mine.c_str(), mine.size() + 1);
}

char* pages(std::size_t count, int protection = PROT_READ | PROT_WRITE) {
  void* const got = ::mmap(nullptr, count * page, protection,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (got == MAP_FAILED)
    std::exit(97);
  return static_cast<char*>(got);
}

void make(const std::string& path) {
  ::close(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
}

/// Counts what each call says.
struct tally {
  std::map<std::string, int> seen;
  void add(long result) {
    ++seen[outcome(result)];
  }
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const auto& [what, count] : seen)
      all += (all.empty() ? "" : ",") + what;
    return all;
  }
};

// ---- the path is another when it is looked at again

struct shared_path {
  char text[2 * page];
};

/// One byte decides which of the two it is: both have the same length.
void swap_until_over(volatile char* at, char one, char two,
                     const std::atomic<bool>& end) {
  while (!end) {
    *at = one;
    *at = two;
  }
}

/// Changes mode, times, owner and an attribute by a path that does not stay
/// the same.
void call_by(const char* path, int calls) {
  tally said;
  const timespec times[2] = {{1, 0}, {1, 0}};
  for (int i = 0; i < calls; ++i) {
    said.add(::chmod(path, 0640));
    said.add(::utimensat(AT_FDCWD, path, times, 0));
    said.add(::setxattr(path, "user.x", "v", 1, 0));
    said.add(::removexattr(path, "user.x"));
  }
  say("both", said.seen.contains("ok") && said.seen.contains("EACCES")
                  ? "seen"
                  : said.text());
}

int flip(bool by_process) {
  auto* const shared
      = new (::mmap(nullptr, sizeof(shared_path), PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0)) shared_path;
  auto* const end = new (::mmap(nullptr, page, PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0))
      std::atomic<bool>(false);
  write_name(shared->text);
  const auto differs
      = std::mismatch(mine.begin(), mine.end(), other.begin(), other.end());
  const auto where = static_cast<std::size_t>(differs.first - mine.begin());
  if (mine.size() != other.size()
      || std::string_view(mine).substr(where + 1)
             != std::string_view(other).substr(where + 1))
    return 98; // must differ in one byte
  volatile char* const at = shared->text + where;
  std::thread thread;
  pid_t process = 0;
  if (by_process) {
    process = ::fork();
    if (process == 0) {
      swap_until_over(at, mine[where], other[where], *end);
      ::_exit(0);
    }
  } else {
    thread = std::thread(
        [&] { swap_until_over(at, mine[where], other[where], *end); });
  }
  call_by(shared->text, 3000);
  *end = true;
  if (thread.joinable())
    thread.join();
  if (process > 0)
    ::waitpid(process, nullptr, 0);
  return 0;
}

// ---- memory

/// `text` so that its NUL is the last byte before a page that is not there.
char* at_edge(const std::string& text) {
  char* const two = pages(2);
  ::mprotect(two + page, page, PROT_NONE);
  char* const at = two + page - text.size() - 1;
  std::memcpy(at, text.c_str(), text.size() + 1);
  return at;
}

/// `text` without its end: that would be on the page that is not there.
char* over_edge(const std::string& text) {
  char* const two = pages(2);
  char* const at = two + page - text.size() / 2;
  std::memcpy(at, text.c_str(), text.size() + 1);
  ::mprotect(two + page, page, PROT_NONE);
  return at;
}

/// Bytes without a NUL up to a page that is not there, `less` than a page.
char* without_end(std::size_t less) {
  char* const two = pages(2);
  std::memset(two, 'x', page);
  ::mprotect(two + page, page, PROT_NONE);
  return two + less;
}

char* of_file(const std::string& text, bool beyond_end) {
  const int file = ::memfd_create("path", MFD_CLOEXEC);
  const auto size = beyond_end ? 0 : text.size() + 1;
  if (::write(file, text.c_str(), size) < 0)
    return nullptr;
  return static_cast<char*>(
      ::mmap(nullptr, page, PROT_READ, MAP_SHARED, file, 0));
}

void memory() {
  char* const none = pages(1, PROT_NONE);
  char* const gone = pages(1);
  ::munmap(gone, page);
  const std::string longest(page, 'x');
  const std::map<std::string, const char*> paths{
      {"plain", mine.c_str()},
      {"null", nullptr},
      {"low", reinterpret_cast<char*>(1)},
      {"kernel", reinterpret_cast<char*>(0xffffffff80000000UL)},
      {"no_address", reinterpret_cast<char*>(0x8000000000000000UL)},
      {"protected", none},
      {"unmapped", gone},
      {"to_the_edge", at_edge(mine)},
      {"over_the_edge", over_edge(mine)},
      {"in_a_file", of_file(mine, false)},
      {"beyond_a_file", of_file(mine, true)},
      {"too_long", longest.c_str()},
      {"no_end", without_end(0)},
      {"almost_no_end", without_end(1)},
      {"short_no_end", without_end(100)},
      {"empty", ""}};
  for (const auto& [name, path] : paths) {
    report("chmod_" + name, call(SYS_chmod, path, 0600));
    report("times_of_" + name, call(SYS_utimensat, AT_FDCWD, path, nullptr, 0));
    report("times_in_" + name, call(SYS_utimensat, AT_FDCWD, mine.c_str(),
                                    name == "plain" ? nullptr : path, 0));
    report("attribute_" + name,
           call(SYS_setxattr, mine.c_str(), path, "v", 1, 0));
    report("value_" + name,
           call(SYS_setxattr, mine.c_str(), "user.v", path, 5, 0));
  }
}

/// Memory that even the kernel's own copies for others do not reach.
void secret_memory() {
  const int file = static_cast<int>(call(447 /* memfd_secret */, 0));
  if (file < 0 || ::ftruncate(file, page) != 0)
    return say("chmod_secret", "not-here");
  auto* const at = static_cast<char*>(
      ::mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
  write_name(at);
  report("chmod_secret", call(SYS_chmod, at, 0600));
}

/// What the page at `at` was is forgotten.
void map_anew(char* at, int protection) {
  static_cast<void>(::mmap(at, page, protection,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
}

void unmap() {
  char* const at = pages(1);
  std::thread changer([&] {
    while (!over) {
      map_anew(at, PROT_NONE);
      ::munmap(at, page);
      map_anew(at, PROT_READ | PROT_WRITE);
      write_name(at);
    }
  });
  tally said;
  for (int i = 0; i < 5000; ++i)
    said.add(::chmod(at, 0600));
  over = true;
  changer.join();
  for (const char* expected : {"ok", "EFAULT", "ENOENT"})
    said.seen.erase(expected);
  say("odd", said.seen.empty() ? "none" : said.text());
}

// ---- callers that go away

void full() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = 3;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  report("open", ::open("/dev/null", O_RDONLY));
  report("socket", ::socket(AF_UNIX, SOCK_STREAM, 0));
  report("chmod", ::chmod(mine.c_str(), 0604));
  struct stat facts {};
  ::stat(mine.c_str(), &facts);
  say("mode", std::to_string(facts.st_mode & 0777));
  report("fchmod", ::fchmod(17, 0600));
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl("/proc/self/exe", "hostile_calls", "nothing", ".", nullptr);
    ::_exit(90);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  say("exec", std::to_string(status));
}

void call_for_ever() {
  for (unsigned i = 0;; ++i)
    ::chmod(mine.c_str(), 0600 | (i & 7));
}

/// The others end inside their calls when one thread, not the first, execs.
void exec_beside_calls() {
  int ended = 0;
  constexpr int rounds = 60;
  for (int round = 0; round < rounds; ++round) {
    const pid_t child = ::fork();
    if (child == 0) {
      for (int i = 0; i < 3; ++i)
        std::thread(call_for_ever).detach();
      std::thread([round] {
        ::usleep(static_cast<useconds_t>(round * 37 % 1500));
        ::execl("/proc/self/exe", "hostile_calls", "nothing", ".", nullptr);
        ::_exit(90);
      }).detach();
      call_for_ever();
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    ended += status == 0;
  }
  say("ended", ended == rounds ? "all" : std::to_string(ended));
}

void many_threads() {
  std::atomic<int> wrong = 0;
  for (int i = 0; i < 400; ++i) {
    std::vector<std::thread> some;
    some.reserve(8);
    for (int j = 0; j < 8; ++j)
      some.emplace_back([&, j] {
        // Each knows what its own answer must be.
        const long said = j % 2 == 0 ? ::chmod(mine.c_str(), 0600)
                                     : ::chmod("/nowhere/at/all", 0600);
        wrong += j % 2 == 0 ? said != 0 : said == 0 || errno != ENOENT;
      });
    for (auto& each : some)
      each.join();
  }
  say("wrong", std::to_string(wrong));
}

void killed_callers() {
  for (int round = 0; round < 200; ++round) {
    const pid_t child = ::fork();
    if (child == 0) {
      for (int i = 0; i < 2; ++i)
        std::thread(call_for_ever).detach();
      call_for_ever();
    }
    ::usleep(static_cast<useconds_t>(round * 61 % 2000));
    const bool stops_first = round % 3 == 0;
    if (stops_first)
      ::kill(child, SIGSTOP);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  report("after", ::chmod(mine.c_str(), 0600));
}

void crowd() {
  std::atomic<int> failed = 0;
  std::vector<std::thread> all;
  all.reserve(64);
  for (int i = 0; i < 64; ++i)
    all.emplace_back([&, i] {
      const auto own = mine + std::to_string(i);
      make(own);
      for (int j = 0; j < 200; ++j)
        failed += ::chmod(own.c_str(), 0600 | (j & 7)) != 0;
      struct stat facts {};
      ::stat(own.c_str(), &facts);
      failed += (facts.st_mode & 0777) != (0600 | (199 & 7));
    });
  for (auto& each : all)
    each.join();
  say("failed", std::to_string(failed));
}

// ---- nobody to answer

long make_listener() {
  sock_filter code[] = {{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_USER_NOTIF}};
  sock_fprog program{1, code};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return call(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
              SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

void orphan(const std::string& directory) {
  report("before", ::chmod(mine.c_str(), 0604));
  say("ready", "1");
  while (::access((directory + "/go").c_str(), F_OK) != 0)
    ::usleep(20'000);
  report("chmod", ::chmod(mine.c_str(), 0666));
  struct stat facts {};
  ::stat(mine.c_str(), &facts);
  say("mode", std::to_string(facts.st_mode & 0777));
  report("fork", [] {
    const pid_t child = ::fork();
    if (child == 0)
      ::_exit(0);
    return static_cast<long>(child);
  }());
  report("listener", make_listener());
  report("read_other", ::open(other.c_str(), O_RDONLY));
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 3)
    return 98;
  const std::string_view trick = argv[1];
  const std::string directory = argv[2];
  other = argc > 3 ? argv[3] : "";
  mine = directory + "/file";
  if (trick == "nothing")
    return 0;
  make(mine);
  if (trick == "flip" || trick == "share")
    return flip(trick == "share");
  if (trick == "memory") {
    memory();
    secret_memory();
  } else if (trick == "unmap")
    unmap();
  else if (trick == "full")
    full();
  else if (trick == "exec")
    exec_beside_calls();
  else if (trick == "threads")
    many_threads();
  else if (trick == "killed")
    killed_callers();
  else if (trick == "crowd")
    crowd();
  else if (trick == "orphan")
    orphan(directory);
  else
    return 98;
  return 0;
}
