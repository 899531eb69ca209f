// Every spelling of every metadata change, with sound and unsound arguments, in
// the current directory. Prints the outcome of each, and what the files look
// like afterwards: the same inside and outside.
#include "tests/targets/probe.hpp"

#include <sys/stat.h>
#include <sys/time.h>
#include <utime.h>

#include <array>
#include <string>

using namespace probe;

namespace {

constexpr long nr_fchmodat2 = 452, nr_setxattrat = 463, nr_removexattrat = 466;

struct xattr_arguments {
  std::uint64_t value;
  std::uint32_t size;
  std::uint32_t flags;
};

int file_fd, path_fd, directory_fd, link_fd;
const std::string too_long(5000, 'x');
const std::string long_name(300, 'n');
char* const nowhere = reinterpret_cast<char*>(8);

void state_of(const char* name) {
  struct stat s {};
  if (::lstat(name, &s) != 0)
    return say(std::string("state ") + name, "gone");
  char text[200];
  std::snprintf(text, sizeof text, "%o uid %u gid %u atime %ld.%09ld mtime %ld",
                s.st_mode, s.st_uid, s.st_gid, s.st_atim.tv_sec,
                s.st_atim.tv_nsec, s.st_mtim.tv_sec);
  say(std::string("state ") + name, text);
}

/// Paths, as each call takes them.
struct named {
  const char* what;
  const char* path;
};

const std::array<named, 14>& paths() {
  static const std::string own = "/proc/self/fd/" + std::to_string(file_fd);
  static const std::array<named, 14> all{{{"file", "file"},
                                          {"directory", "directory/"},
                                          {"slash after a file", "file/"},
                                          {"link", "link"},
                                          {"dangling", "dangling"},
                                          {"loop", "loop"},
                                          {"missing", "missing"},
                                          {"below a file", "file/below"},
                                          {"dots", "directory/../file"},
                                          {"empty", ""},
                                          {"null", nullptr},
                                          {"bad pointer", nowhere},
                                          {"too long", too_long.c_str()},
                                          {"own fd", own.c_str()}}};
  return all;
}

/// Not for the link itself when it is one of /proc: that is never changed on
/// behalf.
template <class Call>
void over_paths(const std::string& name, Call make) {
  for (const auto& [what, path] : paths())
    if (name[0] != 'l' || std::string_view(what) != "own fd")
      report(name + ", " + what, make(path));
}

template <class Call>
void over_fds(const std::string& name, Call make) {
  report(name + ", fd", make(file_fd));
  report(name + ", O_PATH fd", make(path_fd));
  report(name + ", directory fd", make(directory_fd));
  report(name + ", closed fd", make(900));
  report(name + ", negative fd", make(-7));
  report(name + ", AT_FDCWD", make(AT_FDCWD));
}

template <class Call>
void over_flags(const std::string& name, Call make) {
  for (const int flags : {0, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, 0x400, 0x8000})
    for (const char* const path : {"file", "link", "dangling", ""})
      for (const int fd : {AT_FDCWD, file_fd, path_fd, directory_fd, link_fd})
        report(name + " " + std::to_string(flags) + " '" + path + "' "
                   + (fd == AT_FDCWD ? "cwd" : std::to_string(fd)),
               make(fd, path, flags));
}

void modes() {
  over_paths("chmod", [](auto* p) { return call(SYS_chmod, p, 0640); });
  over_fds("fchmod", [](int fd) { return call(SYS_fchmod, fd, 0604); });
  over_paths("fchmodat",
             [](auto* p) { return call(SYS_fchmodat, directory_fd, p, 0600); });
  over_flags("fchmodat2", [](int fd, auto* p, int flags) {
    return call(nr_fchmodat2, fd, p, 0611, flags);
  });
  report("setuid bit", call(SYS_chmod, "file", 06755));
  state_of("file");
  report("all bits", call(SYS_chmod, "file", 0xFFFFFFFF));
  state_of("file");
  state_of("directory");
}

void owners() {
  const auto me = ::getuid(), mine = ::getgid();
  over_paths("chown", [&](auto* p) { return call(SYS_chown, p, me, mine); });
  over_paths("lchown", [&](auto* p) { return call(SYS_lchown, p, me, -1); });
  over_fds("fchown", [&](int fd) { return call(SYS_fchown, fd, -1, mine); });
  over_flags("fchownat", [&](int fd, auto* p, int flags) {
    return call(SYS_fchownat, fd, p, me, mine, flags);
  });
  state_of("link");
}

void times() {
  const ::utimbuf seconds{1000, 2000};
  const timeval micro[2] = {{3000, 4}, {5000, 6}};
  const timeval wrong[2] = {{1, 2'000'000}, {1, 0}};
  const timespec nano[2] = {{7000, 8}, {9000, 10}};
  const timespec omitted[2] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}};
  const timespec unsound[2] = {{0, 2'000'000'000}, {0, 0}};
  over_paths("utime", [&](auto* p) { return call(SYS_utime, p, &seconds); });
  state_of("file");
  over_paths("utimes", [&](auto* p) { return call(SYS_utimes, p, micro); });
  report("utimes, wrong", call(SYS_utimes, "missing", wrong));
  report("utimes, bad pointer", call(SYS_utimes, "missing", nowhere));
  over_paths("futimesat", [&](auto* p) {
    return call(SYS_futimesat, directory_fd, p, micro);
  });
  state_of("directory");
  over_flags("utimensat", [&](int fd, auto* p, int flags) {
    return call(SYS_utimensat, fd, p, nano, flags);
  });
  over_fds("futimens",
           [&](int fd) { return call(SYS_utimensat, fd, nullptr, nano, 0); });
  report("futimens, flags",
         call(SYS_utimensat, file_fd, nullptr, nano, AT_SYMLINK_NOFOLLOW));
  report("omitted", call(SYS_utimensat, AT_FDCWD, "file", omitted, 0));
  report("omitted, missing",
         call(SYS_utimensat, AT_FDCWD, "missing", omitted, 0));
  report("unsound", call(SYS_utimensat, AT_FDCWD, "file", unsound, 0));
  for (const char* const name : {"file", "link", "directory"})
    state_of(name);
}

void attributes() {
  const char* const name = "user.cordon";
  const std::string huge(70000, 'v');
  over_paths("setxattr", [&](auto* p) {
    return call(SYS_setxattr, p, name, "value", 5, 0);
  });
  over_paths("lsetxattr", [&](auto* p) {
    return call(SYS_lsetxattr, p, name, "value", 5, 0);
  });
  over_fds("fsetxattr", [&](int fd) {
    return call(SYS_fsetxattr, fd, name, "other", 5, 0);
  });
  report("exists", call(SYS_setxattr, "file", name, "v", 1, 1));
  report("lacking", call(SYS_setxattr, "file", "user.none", "v", 1, 2));
  report("bad flags", call(SYS_setxattr, "missing", name, "v", 1, 9));
  report("no name", call(SYS_setxattr, "missing", "", "v", 1, 0));
  report("long name",
         call(SYS_setxattr, "missing", long_name.c_str(), "v", 1, 0));
  report("null name", call(SYS_setxattr, "missing", nullptr, "v", 1, 0));
  report("too big",
         call(SYS_setxattr, "missing", name, huge.data(), huge.size(), 0));
  report("bad value", call(SYS_setxattr, "missing", name, nowhere, 5, 0));
  report("empty value", call(SYS_setxattr, "file", name, nullptr, 0, 0));
  report("foreign", call(SYS_setxattr, "file", "trusted.x", "v", 1, 0));
  report("unknown", call(SYS_setxattr, "file", "nonsense", "v", 1, 0));
  xattr_arguments a{reinterpret_cast<std::uint64_t>("at"), 2, 0};
  over_flags("setxattrat", [&](int fd, auto* p, int flags) {
    return call(nr_setxattrat, fd, p, flags, name, &a, sizeof a);
  });
  std::uint64_t no_flags[8]{};
  over_flags("file_setattr", [&](int fd, auto* p, int flags) {
    return call(469, fd, p, no_flags, 24, flags);
  });
  for (const int of : {0, 23, 24, 32, 5000})
    report("file_setattr, size " + std::to_string(of),
           call(469, AT_FDCWD, "file", no_flags, of, 0));
  report("short args", call(nr_setxattrat, AT_FDCWD, "file", 0, name, &a, 8));
  report("long args", call(nr_setxattrat, AT_FDCWD, "file", 0, name, &a, 5000));
  char value[16] = {};
  const long size = call(SYS_getxattr, "file", name, value, sizeof value);
  say("value", size < 0 ? "none" : std::string(value, size));
  over_flags("removexattrat", [&](int fd, auto* p, int flags) {
    return call(nr_removexattrat, fd, p, flags, name);
  });
  over_paths("removexattr",
             [&](auto* p) { return call(SYS_removexattr, p, name); });
  over_paths("lremovexattr",
             [&](auto* p) { return call(SYS_lremovexattr, p, name); });
  over_fds("fremovexattr",
           [&](int fd) { return call(SYS_fremovexattr, fd, name); });
}

} // namespace

int main() {
  ::umask(022);
  ::mkdir("directory", 0755);
  file_fd = ::open("file", O_CREAT | O_RDONLY, 0644);
  path_fd = ::open("file", O_PATH);
  directory_fd = ::open("directory", O_RDONLY | O_DIRECTORY);
  if (::symlink("file", "link") != 0 || ::symlink("nothing", "dangling") != 0
      || ::symlink("loop", "loop") != 0)
    return 1;
  link_fd = ::open("link", O_PATH | O_NOFOLLOW);
  ::close(::open("directory/file", O_CREAT | O_RDWR, 0644));
  modes();
  owners();
  times();
  attributes();
  return 0;
}
