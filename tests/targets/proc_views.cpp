// Looks at /proc and other places that a supervisor makes, and says in lines
// "what=outcome" what it finds. Its first argument says what to look at:
//
//   agree PATH…      how stat, statx, access, open, readlink and the listing of
//                    the directory tell of each
//   read PATH…       the content, escaped a little
//   link PATH…       what readlink says
//   names DIR…       the sorted names
//   order DIR…       the names as they come, by getdents64
//   self             whose /proc/self and thread-self are, in threads and
//                    children
//   reopen           what /proc/self/fd/N opens
//   seals PATH…      whether what was opened can be changed in any way
//   listing DIR…     seeking, small buffers, two descriptors, both forms
//   open, chdir PATH…
//   uname            the node's name
//   large            maps of a process that has very many
//   many DIR…        the names by readdir, again by rewinddir and seekdir
//   busy DIR         a large directory, and whether others go on meanwhile
#include "tests/targets/probe.hpp"

#include <dirent.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace probe;

namespace {

using path = const std::string&;

std::string content_of(path name) {
  std::ifstream file(name);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string link_of(path name) {
  char text[4096];
  const auto n = ::readlink(name.c_str(), text, sizeof text);
  return n < 0 ? outcome(-1) : std::string(text, static_cast<std::size_t>(n));
}

std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', '|');
  return text;
}

/// The names that getdents64 gives, as they come; "!errno" at the end of one
/// that fails.
std::vector<std::string> names_of(int fd, std::size_t room = 32768) {
  std::vector<std::string> names;
  std::vector<char> bytes(room);
  for (long n;
       (n = call(SYS_getdents64, fd, bytes.data(), bytes.size())) != 0;) {
    if (n < 0) {
      names.push_back("!" + outcome(-1));
      break;
    }
    for (long i = 0; i < n;) {
      std::uint16_t length = 0;
      std::memcpy(&length, bytes.data() + i + 16, sizeof length);
      names.emplace_back(bytes.data() + i + 19);
      i += length;
    }
  }
  return names;
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const auto& word : words)
    all += (all.empty() ? "" : " ") + word;
  return all;
}

/// Bare names, in order.
std::vector<std::string> sorted_names(path directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return {"!" + outcome(-1)};
  auto names = names_of(fd);
  ::close(fd);
  std::ranges::sort(names);
  std::erase(names, ".");
  std::erase(names, "..");
  return names;
}

bool is_listed(path name) {
  const auto slash = name.rfind('/');
  const auto names = sorted_names(slash == 0 ? "/" : name.substr(0, slash));
  return std::ranges::find(names, name.substr(slash + 1)) != names.end();
}

std::string agreement(path name) {
  struct stat by_name {
  }, by_fd{}, link{};
  const auto looked = outcome(::stat(name.c_str(), &by_name));
  std::string said = looked;
  if (::lstat(name.c_str(), &link) != 0)
    return said + (is_listed(name) ? " listed" : " unlisted");
  struct statx more {};
  if (call(SYS_statx, AT_FDCWD, name.c_str(), 0, STATX_BASIC_STATS, &more) != 0
      || more.stx_ino != by_name.st_ino || more.stx_mode != by_name.st_mode)
    said += " statx-differs";
  said += outcome(::access(name.c_str(), F_OK)) == looked ? ""
                                                          : " access-differs";
  const bool is_link = S_ISLNK(link.st_mode);
  if (is_link != (link_of(name) != "EINVAL"))
    said += " readlink-differs";
  if (!is_listed(name))
    said += " unlisted";
  const int fd = ::open(name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    return said + " open:" + outcome(-1);
  ::fstat(fd, &by_fd);
  if (by_fd.st_ino != by_name.st_ino || by_fd.st_dev != by_name.st_dev
      || by_fd.st_mode != by_name.st_mode)
    said += " fstat-differs";
  if (!is_link && link_of("/proc/self/fd/" + std::to_string(fd)) != name)
    said += " named:" + link_of("/proc/self/fd/" + std::to_string(fd));
  ::close(fd);
  if (::open(name.c_str(), O_RDONLY | O_CREAT | O_EXCL, 0600) >= 0
      || errno != EEXIST)
    said += " exclusive-differs";
  return said;
}

void whose_self() {
  const auto own = std::to_string(::getpid());
  const auto is = [](path what, const std::string& expected) {
    say(what, link_of("/proc/" + what) == expected ? "own"
                                                   : link_of("/proc/" + what));
  };
  is("self", own);
  is("thread-self", own + "/task/" + own);
  std::thread{[&] {
    const auto tid = std::to_string(::gettid());
    const auto text = link_of("/proc/thread-self");
    say("in-thread",
        link_of("/proc/self") == own && text == own + "/task/" + tid ? "own"
                                                                     : text);
    const auto status = content_of("/proc/thread-self/status");
    say("thread-status",
        status.find("\nPid:\t" + tid + "\n") != std::string::npos ? "own"
                                                                  : "other");
    say("my-number",
        is_listed("/proc/self/task/" + tid) ? "listed" : "missing");
    say("as-process", is_listed("/proc/" + tid) ? "listed" : "hidden");
  }}.join();
  say("in-child", answer_of_child([&]() -> std::string {
        const auto mine = std::to_string(::getpid());
        if (link_of("/proc/self") != mine)
          return link_of("/proc/self");
        const auto status = content_of("/proc/self/status");
        if (status.find("\nPid:\t" + mine + "\n") == std::string::npos)
          return "other status";
        // The parent is a process of the sandbox, too.
        if (content_of("/proc/" + own + "/comm")
            != content_of("/proc/self/comm"))
          return "no parent";
        return is_listed("/proc/" + own) && is_listed("/proc/" + mine)
                   ? "own"
                   : "not listed";
      }));
  say("environ",
      content_of("/proc/self/environ").find("CANARY=here") != std::string::npos
          ? "own"
          : "other");
}

long write_through(path name) {
  const int fd = ::open(name.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  const long wrote = ::write(fd, "new", 3);
  ::close(fd);
  return wrote;
}

std::string to_fd(int fd) {
  return "/proc/self/fd/" + std::to_string(fd);
}

void reopen() {
  const int file = ::open("/d/f", O_RDONLY | O_CLOEXEC);
  say("file", link_of(to_fd(file)));
  const int again = ::open(to_fd(file).c_str(), O_RDONLY | O_CLOEXEC);
  char byte = 0;
  ::lseek(file, 3, SEEK_SET);
  say("again", ::read(again, &byte, 1) == 1 && byte == 's' ? "at the start"
                                                           : "elsewhere");
  report("write", write_through(to_fd(file)));
  const int memory = ::memfd_create("mine", MFD_CLOEXEC);
  report("memory", write_through(to_fd(memory)));
  say("memory-link", link_of(to_fd(memory)));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
    return;
  say("pipe-link", link_of(to_fd(ends[0])).substr(0, 6));
  report("pipe",
         ::open(to_fd(ends[0]).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    return;
  report("socket", ::open(to_fd(pair[0]).c_str(), O_RDWR | O_CLOEXEC));
  report("closed", ::open("/proc/self/fd/987", O_RDONLY | O_CLOEXEC));
  const int directory = ::open("/d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  report("through", ::open((to_fd(directory) + "/f").c_str(), O_RDONLY));
  report("above", ::open((to_fd(directory) + "/../f").c_str(), O_RDONLY));
  say("input", link_of("/proc/self/fd/0"));
  report("input-read", ::open("/proc/self/fd/0", O_RDONLY | O_CLOEXEC));
  report("input-write", ::open("/proc/self/fd/0", O_WRONLY | O_CLOEXEC));
  report("input-above", ::open("/proc/self/fd/0/..", O_RDONLY | O_CLOEXEC));
  report("root", ::open("/proc/self/root/d/f", O_RDONLY | O_CLOEXEC));
  say("root-link", link_of("/proc/self/root"));
  report("chdir", ::chdir("/d/e"));
  say("cwd", link_of("/proc/self/cwd"));
  report("cwd-above", ::open("/proc/self/cwd/../f", O_RDONLY | O_CLOEXEC));
  say("exe", link_of("/proc/self/exe"));
  report("exe-read", ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  const int made = ::open("/d", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  report("named", ::linkat(AT_FDCWD, to_fd(made).c_str(), AT_FDCWD, "/d/made",
                           AT_SYMLINK_FOLLOW));
}

void seals(path name) {
  const int fd = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
  report("open", fd);
  report("for-writing", ::open(name.c_str(), O_RDWR | O_CLOEXEC));
  report("created", ::open(name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  report("truncated", ::open(name.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  report("again", ::open(to_fd(fd).c_str(), O_RDWR | O_CLOEXEC));
  report("write", ::write(fd, "x", 1));
  report("ftruncate", ::ftruncate(fd, 0));
  report("truncate", ::truncate(name.c_str(), 0));
  report("fchmod", ::fchmod(fd, 0777));
  report("chmod", ::chmod(name.c_str(), 0777));
  report("remove", ::unlink(name.c_str()));
  report("rename", ::rename(name.c_str(), "/d/moved"));
  report("onto", ::rename("/d/f", name.c_str()));
  report("link", ::link(name.c_str(), "/d/linked"));
  report("mkdir", ::mkdir(name.c_str(), 0700));
  report("symlink", ::symlink("x", name.c_str()));
  void* const mapped
      = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  report("mmap", mapped == MAP_FAILED ? -1 : 0);
}

/// What a listing in small steps has to do with one in a single step.
void listing(path name) {
  const int fd = ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const auto whole = names_of(fd);
  say("again", joined(names_of(fd)));
  ::lseek(fd, 0, SEEK_SET);
  say("rewound", names_of(fd) == whole ? "same" : "differs");
  ::lseek(fd, 0, SEEK_SET);
  say("small", names_of(fd, 300) == whole ? "same" : "differs");
  ::lseek(fd, 0, SEEK_SET);
  say("too-small", joined(names_of(fd, 1)));
  // Half by one number, half by another.
  std::vector<char> bytes(300);
  const int other = ::dup(fd);
  std::size_t first = 0;
  const long n = call(SYS_getdents64, fd, bytes.data(), bytes.size());
  std::int64_t offset = 0;
  for (long i = 0; i < n; ++first) {
    std::uint16_t length = 0;
    std::memcpy(&length, bytes.data() + i + 16, sizeof length);
    std::memcpy(&offset, bytes.data() + i + 8, sizeof offset);
    i += length;
  }
  const auto rest = std::vector<std::string>(
      whole.begin() + static_cast<std::ptrdiff_t>(first), whole.end());
  say("duplicate", names_of(other) == rest ? "goes on" : "differs");
  ::lseek(fd, offset, SEEK_SET);
  say("sought", names_of(fd) == rest ? "goes on" : "differs");
  ::lseek(fd, 0, SEEK_SET);
#ifdef SYS_getdents
  std::vector<char> old(32768);
  std::vector<std::string> names;
  const long got = call(SYS_getdents, fd, old.data(), old.size());
  for (long i = 0; i < got;) {
    std::uint16_t length = 0;
    std::memcpy(&length, old.data() + i + 16, sizeof length);
    names.emplace_back(old.data() + i + 18);
    i += length;
  }
  say("older", names == whole ? "same" : "differs");
#else
  say("older", "same");
#endif
}

/// A file with a long name is mapped again and again.
void large() {
  const std::string name(200, 'n');
  for (int i = 0; i < 15; ++i)
    if (::mkdir(name.c_str(), 0700) != 0 || ::chdir(name.c_str()) != 0)
      return report("directory", -1);
  constexpr std::size_t page = 4096, most = 1500;
  const int file = ::open("file", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  auto* const at = static_cast<char*>(::mmap(
      nullptr, most * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  std::size_t mapped = 0;
  const auto map = [&](std::size_t many) {
    for (; mapped < many; ++mapped)
      if (::mmap(at + mapped * page, page, PROT_READ, MAP_PRIVATE | MAP_FIXED,
                 file, 0)
          == MAP_FAILED)
        return report("map", -1);
  };
  const auto look = [&](path what) {
    report(what, ::open("/proc/self/maps", O_RDONLY | O_CLOEXEC));
    say(what + " text", content_of("/proc/self/maps").size() > mapped * 3000
                            ? "whole"
                            : "less");
  };
  map(100);
  look("some");
  map(most);
  look("many");
  ::munmap(at + 100 * page, (most - 100) * page);
  mapped = 100;
  look("fewer");
}

std::vector<std::string> rest_of(DIR* directory) {
  std::vector<std::string> names;
  while (const auto* const entry = ::readdir(directory))
    names.emplace_back(entry->d_name);
  return names;
}

void many(path name) {
  DIR* const directory = ::opendir(name.c_str());
  if (directory == nullptr)
    return report("opendir", -1);
  auto names = rest_of(directory);
  ::rewinddir(directory);
  say("rewound", rest_of(directory) == names ? "same" : "differs");
  ::rewinddir(directory);
  const auto half = static_cast<std::ptrdiff_t>(names.size() / 2);
  for (std::ptrdiff_t i = 0; i < half; ++i)
    static_cast<void>(::readdir(directory));
  const long middle = ::telldir(directory);
  static_cast<void>(rest_of(directory));
  ::seekdir(directory, middle);
  const std::vector<std::string> rest(names.begin() + half, names.end());
  say("sought", rest_of(directory) == rest ? "same" : "differs");
  ::closedir(directory);
  std::ranges::sort(names);
  say("count", std::to_string(names.size()));
  say("names", std::to_string(std::hash<std::string>{}(joined(names))));
}

/// The first step of a listing is the one that takes long. How many calls
/// somebody else can make while it does depends on who runs when: asked again
/// until they are some.
void busy(path name) {
  std::atomic<bool> over = false;
  std::atomic<long> calls = 0;
  std::thread other{[&] {
    struct stat facts {};
    for (; !over; ++calls)
      ::stat("/d/f", &facts);
  }};
  std::vector<char> bytes(64);
  long most = 0;
  for (int i = 0; i < 100 && most < 10; ++i) {
    const int fd = ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const long before = calls;
    static_cast<void>(call(SYS_getdents64, fd, bytes.data(), bytes.size()));
    most = std::max(most, calls - before);
    ::close(fd);
  }
  over = true;
  other.join();
  say("others", most >= 10 ? "go on" : "wait");
  const int fd = ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const auto names = names_of(fd);
  say("names", std::to_string(names.size()));
  say("sorted", std::ranges::is_sorted(names) ? "yes" : "no");
}

} // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "self")
    whose_self();
  else if (what == "reopen")
    reopen();
  else if (what == "large")
    large();
  else if (what == "uname") {
    utsname facts{};
    report("uname", ::uname(&facts));
    say("node", facts.nodename);
    char host[65] = {};
    ::gethostname(host, sizeof host);
    say("host", host);
    report("nowhere", call(SYS_uname, 8));
  }
  for (int i = 2; i < argc; ++i) {
    const std::string name = argv[i];
    if (what == "agree")
      say(name, agreement(name));
    else if (what == "read")
      say(name, one_line(content_of(name)));
    else if (what == "link")
      say(name, link_of(name));
    else if (what == "names")
      say(name, joined(sorted_names(name)));
    else if (what == "order")
      say(name, joined(names_of(::open(name.c_str(), O_RDONLY | O_DIRECTORY))));
    else if (what == "seals")
      seals(name);
    else if (what == "listing")
      listing(name);
    else if (what == "many")
      many(name);
    else if (what == "busy")
      busy(name);
    else if (what == "open")
      report(name, ::open(name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    else if (what == "chdir")
      report(name, ::chdir(name.c_str()));
  }
}
