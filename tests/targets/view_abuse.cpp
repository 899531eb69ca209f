// view_abuse KIND ARGUMENT…: ways out of a root, and around its rules. One line
// a try. Kinds, numbered as the tests are:
//   climb FILE        1: many ".." before the name of a file outside
//   links FILE        2: symbolic links to it, and long chains of links
//   flip KIND N       4, 5: a name in "/d" that becomes one in "/secret" while
//                     calls look at it; KIND thread, process or mapping
//   handed NAME       6: a directory from outside, received on fd 0
//   chroot FILE       14
//   watch DIRECTORY   16
//   change FILE       19, 20, 21: every change of a file, by fd and by name
//   nodes             25: devices and names that mean something to layers
//   list DIRECTORY    28: listings, whatever the buffer, position and sharing
//   limit             35: no fd is left
//   memory            38: paths in memory of every kind
#include "core/process/fd_message.hpp"
#include "tests/targets/probe.hpp"

#include <dirent.h>
#include <sched.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>
#include <vector>

using namespace probe;

namespace {

long open_close(const char* name, int flags, mode_t mode = 0600) {
  const int fd = ::open(name, flags | O_NONBLOCK | O_CLOEXEC, mode);
  if (fd >= 0)
    ::close(fd);
  return fd;
}

std::string times(int count, const std::string& text) {
  std::string made;
  for (int i = 0; i < count; ++i)
    made += text;
  return made;
}

void climb(const char* file) {
  const std::string name = file;
  report("by name", open_close(file, O_RDONLY));
  report("eight up", open_close((times(8, "/..") + name).c_str(), O_RDONLY));
  const auto most = static_cast<int>((4095 - name.size()) / 3);
  report("all the way up",
         open_close((times(most, "/..") + name).c_str(), O_RDONLY));
  report("up from here",
         open_close((times(20, "../") + name.substr(1)).c_str(), O_RDONLY));
  report("up by dots",
         open_close((times(20, "/./../.") + name).c_str(), O_RDONLY));
}

void links(const char* file) {
  static_cast<void>(::symlink(file, "absolute"));
  static_cast<void>(
      ::symlink((times(12, "../") + (file + 1)).c_str(), "relative"));
  report("absolute", open_close("absolute", O_RDONLY));
  report("relative", open_close("relative", O_RDONLY));
  ::close(::open("end", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  for (int i = 0; i < 42; ++i) {
    const auto name = "chain" + std::to_string(i);
    const auto next = i == 0 ? "end" : "chain" + std::to_string(i - 1);
    static_cast<void>(::symlink(next.c_str(), name.c_str()));
  }
  for (const char* const name : {"chain38", "chain39", "chain40", "chain41"})
    report(name, open_close(name, O_RDONLY));
  // The same through directories.
  static_cast<void>(::symlink(".", "here"));
  report("forty", open_close((times(40, "here/") + "end").c_str(), O_RDONLY));
  report("more", open_close((times(41, "here/") + "end").c_str(), O_RDONLY));
}

// 4, 5

std::atomic<bool> over;
volatile char* path;

void set_path(const char* to) {
  for (int i = 0;; ++i) {
    path[i] = to[i];
    if (to[i] == '\0')
      return;
  }
}

int flip(void*) {
  while (!over) {
    set_path("/d/target");
    set_path("/secret/target");
  }
  return 0;
}

/// The page comes and goes, between one and the other.
void remap(void* pages[2]) {
  while (!over)
    for (int i = 0; i < 2; ++i) {
      ::mremap(pages[i], 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED,
               const_cast<char*>(path));
      pages[i] = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
      std::strcpy(static_cast<char*>(pages[i]),
                  i == 0 ? "/d/target" : "/secret/target");
    }
}

/// Every call that changes what the path names, or makes or removes it.
void change_all(int count) {
  const auto p = const_cast<char*>(path);
  const timespec when[2]{{1, 0}, {2, 0}};
  for (int i = 0; i < count; ++i) {
    const int fd = ::open(p, O_WRONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0600);
    static_cast<void>(::write(fd, "x", 1));
    ::close(fd);
    ::chmod(p, 0640);
    static_cast<void>(::truncate(p, 3));
    ::utimensat(AT_FDCWD, p, when, 0);
    ::setxattr(p, "user.abuse", "x", 1, 0);
    static_cast<void>(::link(p, "/d/hard"));
    ::unlink("/d/hard");
    static_cast<void>(::link("/d/f", p));
    ::rename(p, "/d/moved");
    ::rename("/d/moved", p);
    ::unlink(p);
    static_cast<void>(::symlink("/d/f", p));
    ::unlink(p);
    ::mkdir(p, 0700);
    ::rmdir(p);
    ::mkfifo(p, 0600);
    ::unlink(p);
  }
}

void flips(const std::string& kind, int count) {
  path = static_cast<volatile char*>(::mmap(nullptr, 4096,
                                            PROT_READ | PROT_WRITE,
                                            MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  set_path("/d/target");
  if (kind == "process") {
    std::vector<char> stack(65536);
    const int child = ::clone(flip, stack.data() + stack.size(),
                              CLONE_VM | SIGCHLD, nullptr);
    change_all(count);
    over = true;
    ::waitpid(child, nullptr, 0);
  } else {
    void* pages[2];
    for (auto& page : pages) {
      page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
      std::strcpy(static_cast<char*>(page), "/d/target");
    }
    std::thread other{
        [&] { kind == "mapping" ? remap(pages) : void(flip({})); }};
    change_all(count);
    over = true;
    other.join();
  }
  report("done", 0);
}

int receive_fd() {
  char byte = 0;
  cordon::process::fd_message<1> message{&byte, 1};
  if (::recvmsg(0, &message.header, MSG_CMSG_CLOEXEC) < 0)
    return -1;
  int fd = -1;
  if (const auto* const header = CMSG_FIRSTHDR(&message.header))
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

void handed(const char* name) {
  const int fd = receive_fd();
  report("received", fd);
  struct stat facts {};
  report("open", ::openat(fd, name, O_RDONLY | O_CLOEXEC));
  report("open up", ::openat(fd, "..", O_RDONLY | O_CLOEXEC));
  report("make", ::openat(fd, "new", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  report("stat", ::fstatat(fd, name, &facts, 0));
  report("mkdir", ::mkdirat(fd, "newdir", 0700));
  report("rename", ::renameat(fd, name, fd, "renamed"));
  report("rename back", ::renameat(fd, "renamed", fd, name));
  report("link", ::linkat(fd, name, AT_FDCWD, "linked", 0));
  ::fchdir(fd);
  report("open here", ::open(name, O_RDONLY | O_CLOEXEC));
  report("stat here", ::stat(name, &facts));
  report("make here", ::open("newer", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  report("up from here", ::chdir(".."));
}

void escape_chroot(const char* file) {
  const int root = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ::mkdir("sub", 0700);
  report("chroot", ::chroot("sub"));
  ::fchdir(root);
  for (int i = 0; i < 20; ++i)
    static_cast<void>(::chdir(".."));
  static_cast<void>(::chroot("."));
  report("file", open_close(file, O_RDONLY));
  report("file from here", open_close(file + 1, O_RDONLY));
}

void watch(const char* directory) {
  const int fd = ::inotify_init1(IN_CLOEXEC);
  report("inotify", ::inotify_add_watch(fd, directory, IN_ALL_EVENTS));
  report("inotify up",
         ::inotify_add_watch(fd, (times(12, "/..") + directory).c_str(),
                             IN_ALL_EVENTS));
  report("fanotify", ::fanotify_init(FAN_REPORT_FID, 0));
}

void change(const char* file) {
  const int fd = ::open(file, O_RDONLY | O_CLOEXEC);
  report("open", fd);
  const timespec when[2]{{1, 0}, {2, 0}};
  std::uint32_t flags = 0;
  std::uint32_t extended[7]{};
  const std::uint64_t attributes[3]{};
  report("fchmod", ::fchmod(fd, 0601));
  report("fchown", ::fchown(fd, ::getuid(), ::getgid()));
  report("futimens", ::futimens(fd, when));
  report("utimensat of fd", call(SYS_utimensat, fd, nullptr, when, 0));
  report("fsetxattr", ::fsetxattr(fd, "user.abuse", "x", 1, 0));
  report("fremovexattr", ::fremovexattr(fd, "user.abuse"));
  report("flags", call(SYS_ioctl, fd, 0x40086602, &flags));
  report("extended flags", call(SYS_ioctl, fd, 0x401C5820, extended));
  report("verity", call(SYS_ioctl, fd, 0x40806685, extended) == 0 ? 0 : -1);
  report("file_setattr", call(469, AT_FDCWD, file, attributes, 24, 0));
  report("chmod", ::chmod(file, 0602));
  report("utimes", ::utimensat(AT_FDCWD, file, when, 0));
  report("setxattr", ::setxattr(file, "user.abuse", "x", 1, 0));
  report("open and cut", open_close(file, O_RDONLY | O_TRUNC));
  report("open, mode 3", open_close(file, O_ACCMODE));
  report("open or create", open_close(file, O_RDWR | O_CREAT));
  report("truncate", ::truncate(file, 1));
  report("ftruncate", ::ftruncate(fd, 1));
  void* const map
      = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  report("map", map == MAP_FAILED ? -1 : 0);
  report("unlink", ::unlink(file));
}

void nodes() {
  report("zero", ::mknod("zero", S_IFCHR | 0600, 0x105));
  report("disk", ::mknod("disk", S_IFBLK | 0600, 0x800));
  report("opaque", ::setxattr(".", "trusted.overlay.opaque", "y", 1, 0));
  report("whiteout", open_close(".wh.name", O_CREAT | O_WRONLY));
  report("it is a file", open_close(".wh.name", O_RDONLY));
  // The kernel lets everybody make this one, which layers take for "removed".
  report("null device", ::mknod("null", S_IFCHR | 0600, 0));
}

// 28

using names = std::multiset<std::string>;

std::string summary(const names& all) {
  std::size_t hidden = 0;
  for (const auto& each : all)
    hidden += each.starts_with("hidden");
  const std::set<std::string> different(all.begin(), all.end());
  return std::to_string(all.size() - hidden) + " names, "
         + std::to_string(all.size() - different.size()) + " twice";
}

void take(const char* bytes, long length, names& into) {
  for (long i = 0; i < length;) {
    std::uint16_t size = 0;
    std::memcpy(&size, bytes + i + 16, sizeof size);
    into.insert(bytes + i + 19);
    i += size;
  }
}

void list(const char* directory) {
  for (const std::size_t room : {24UL, 32UL, 64UL, 280UL, 1024UL, 1UL << 20}) {
    const int fd = ::open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    std::vector<char> bytes(room);
    names all;
    long n = 0;
    while ((n = call(SYS_getdents64, fd, bytes.data(), bytes.size())) > 0)
      take(bytes.data(), n, all);
    say("room for " + std::to_string(room), summary(all) + " " + outcome(n));
    // From the start, half of it by a child that shares the position.
    ::lseek(fd, 0, SEEK_SET);
    const pid_t child = ::fork();
    if (child == 0) {
      static_cast<void>(call(SYS_getdents64, fd, bytes.data(), bytes.size()));
      ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
    const int copy = ::dup(fd);
    all.clear();
    while ((n = call(SYS_getdents64, copy, bytes.data(), bytes.size())) > 0)
      take(bytes.data(), n, all);
    say("after a child", std::to_string(all.count(".")));
    ::close(copy);
    ::close(fd);
  }
  DIR* const open = ::opendir(directory);
  std::vector<long> places;
  names first, second;
  for (const dirent* each = nullptr; (each = ::readdir(open)) != nullptr;) {
    first.insert(each->d_name);
    places.push_back(::telldir(open));
  }
  ::seekdir(open, places[places.size() / 2]);
  while (const dirent* const each = ::readdir(open))
    second.insert(each->d_name);
  say("all", summary(first));
  say("half of them again",
      std::to_string(std::includes(first.begin(), first.end(), second.begin(),
                                   second.end())
                     && !second.empty()));
  ::rewinddir(open);
  // Removed while it is listed.
  while (const dirent* const each = ::readdir(open))
    if (std::string_view(each->d_name).starts_with("gone"))
      ::unlinkat(::dirfd(open), each->d_name, 0);
  ::closedir(open);
  std::size_t left = 0;
  DIR* const again = ::opendir(directory);
  while (const dirent* const each = ::readdir(again))
    left += std::string_view(each->d_name).starts_with("gone");
  ::closedir(again);
  say("left", std::to_string(left));
}

void limit() {
  static_cast<void>(open_close("there", O_CREAT | O_WRONLY));
  static_cast<void>(::truncate("there", 5));
  for (int fd = 3; fd < 30; ++fd)
    ::close(fd);
  const rlimit few{3, 30};
  report("limit", ::setrlimit(RLIMIT_NOFILE, &few));
  report("open", open_close("there", O_RDONLY));
  report("directory", open_close(".", O_RDONLY | O_DIRECTORY));
  report("cut", open_close("there", O_WRONLY | O_TRUNC));
  report("create", open_close("fresh", O_CREAT | O_WRONLY));
  report("temporary", open_close(".", O_TMPFILE | O_RDWR));
  report("socket", ::socket(AF_UNIX, SOCK_STREAM, 0));
  struct stat facts {};
  report("made", ::stat("fresh", &facts));
  report("looked", ::stat("there", &facts));
  say("size", std::to_string(facts.st_size));
  const rlimit more{30, 30};
  report("more", ::setrlimit(RLIMIT_NOFILE, &more));
  report("open again", open_close("there", O_RDONLY));
}

void memory() {
  constexpr std::size_t page = 4096;
  struct stat facts {};
  auto* const two
      = static_cast<char*>(::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ::munmap(two + page, page);
  static_cast<void>(open_close("name", O_CREAT | O_WRONLY));
  auto* const at_end = two + page - 5;
  std::memcpy(at_end, "name", 5);
  report("ends with the page", ::stat(at_end, &facts));
  at_end[4] = 'x';
  report("goes on into nothing", ::stat(at_end, &facts));
  report("open", open_close(at_end, O_CREAT | O_WRONLY));
  std::strcpy(two, "name");
  report("result goes into nothing",
         ::stat(two, reinterpret_cast<struct stat*>(two + page - 8)));
  ::mprotect(two, page, PROT_NONE);
  report("no access", ::stat(two, &facts));
  ::mprotect(two, page, PROT_READ);
  report("read-only", ::stat(two, &facts));
  report("result goes into read-only",
         ::stat("name", reinterpret_cast<struct stat*>(two)));
  const int secret = static_cast<int>(call(447, 0)); // memfd_secret
  if (secret < 0)
    return;
  static_cast<void>(::ftruncate(secret, page));
  auto* const hidden = static_cast<char*>(
      ::mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, secret, 0));
  if (hidden == MAP_FAILED)
    return;
  std::strcpy(hidden, "name");
  // Nobody else can read it, so inside nobody can tell what it says.
  const bool told = ::stat(hidden, &facts) == 0 || errno == EFAULT;
  report("secret memory", told ? 0 : -1);
}

} // namespace

int main(int argc, char** argv) {
  const std::string_view kind = argc > 1 ? argv[1] : "";
  const std::map<std::string_view, void (*)(const char*)> kinds
      = {{"climb", climb},   {"links", links},
         {"handed", handed}, {"chroot", escape_chroot},
         {"watch", watch},   {"change", change},
         {"list", list}};
  if (argc > 3 && kind == "flip")
    flips(argv[2], std::atoi(argv[3]));
  else if (argc > 2 && kinds.contains(kind))
    kinds.at(kind)(argv[2]);
  else if (kind == "nodes")
    nodes();
  else if (kind == "limit")
    limit();
  else if (kind == "memory")
    memory();
  else
    return 2;
  return 0;
}
