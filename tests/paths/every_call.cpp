#include "tests/paths/every_call.hpp"

#include "tests/paths/raw_calls.hpp"

#include <sys/stat.h>
#include <sys/wait.h>

#include <thread>

namespace cordon::test {

void open_path_fds() {
  const auto place = [](int fd, int number) {
    if (fd != number) {
      ::dup2(fd, number);
      ::close(fd);
    }
  };
  place(::open("f", O_PATH), path_fd_of_file);
  place(::open("sl", O_PATH | O_NOFOLLOW), path_fd_of_link);
}

std::string errno_matrix() {
  record out;
  const int file_path = path_fd_of_file, link = path_fd_of_link;
  const int file = ::open("f", O_RDONLY);
  const int directory = ::open("d", O_RDONLY | O_DIRECTORY);
  const std::string long_path(5000, 'x'), long_name(300, 'n');
  const std::string longest(4095, 'x');
  struct column {
    const char* what;
    int fd;
    const char* path;
    unsigned flags;
  };
  char* const bad = reinterpret_cast<char*>(8);
  constexpr unsigned empty = AT_EMPTY_PATH, no_follow = AT_SYMLINK_NOFOLLOW;
  const column columns[] = {
      {"null", AT_FDCWD, nullptr, 0},
      {"empty", AT_FDCWD, "", 0},
      {"empty of fd", file, "", 0},
      {"empty path fd", file_path, "", empty},
      {"empty fd", file, "", empty},
      {"empty directory", directory, "", empty},
      {"empty link fd", link, "", empty},
      {"empty cwd", AT_FDCWD, "", empty},
      {"null empty fd", file, nullptr, empty},
      {"null empty path fd", file_path, nullptr, empty},
      {"null empty link fd", link, nullptr, empty},
      {"null empty cwd", AT_FDCWD, nullptr, empty},
      {"empty bad fd", 999, "", empty},
      {"bad pointer", AT_FDCWD, bad, 0},
      {"relative, bad fd", 999, "f", 0},
      {"relative, negative fd", -7, "f", 0},
      {"absolute, bad fd", 999, "/f", 0},
      {"relative, file fd", file, "f", 0},
      {"relative, directory fd", directory, "f", 0},
      {"relative, directory fd, up", directory, "../f", 0},
      {"bad flags", AT_FDCWD, "f", 0x80000000},
      {"bad flags, bad pointer", AT_FDCWD, bad, 0x80000000},
      {"bad flags, bad fd", 999, "f", 0x80000000},
      {"link", AT_FDCWD, "sl", 0},
      {"link itself", AT_FDCWD, "sl", no_follow},
      {"link, follow flag", AT_FDCWD, "sl", AT_SYMLINK_FOLLOW},
      {"dangling", AT_FDCWD, "dang", 0},
      {"dangling itself", AT_FDCWD, "dang", no_follow},
      {"loop", AT_FDCWD, "loop", 0},
      {"loop itself", AT_FDCWD, "loop", no_follow},
      {"file slash", AT_FDCWD, "f/", 0},
      {"directory slash", AT_FDCWD, "d/", 0},
      {"link to directory slash", AT_FDCWD, "sd/", 0},
      {"link to directory slash itself", AT_FDCWD, "sd/", no_follow},
      {"link to file slash", AT_FDCWD, "sl/", 0},
      {"dangling slash", AT_FDCWD, "dang/", 0},
      {"below a file", AT_FDCWD, "f/x", 0},
      {"dot", AT_FDCWD, ".", 0},
      {"dot dot", AT_FDCWD, "..", 0},
      {"root", AT_FDCWD, "/", 0},
      {"above the root", AT_FDCWD, "/../../f", 0},
      {"closed directory", AT_FDCWD, "shut/f", 0},
      {"missing", AT_FDCWD, "nothing", 0},
      {"missing parent", AT_FDCWD, "nothing/x", 0},
      {"too long", AT_FDCWD, long_path.c_str(), 0},
      {"as long as can be", AT_FDCWD, longest.c_str(), 0},
      {"name too long", AT_FDCWD, long_name.c_str(), 0},
      {"fifo", AT_FDCWD, "fifo", 0},
      {"unreadable", AT_FDCWD, "none", 0},
      {"directory", AT_FDCWD, "d", 0},
      {"full directory", AT_FDCWD, "d/full", 0},
      {"file", AT_FDCWD, "f", 0},
  };
  for (const auto& c : columns)
    for (const auto& each : every_call())
      // Who has none cannot ask.
      if ((c.fd == file_path || c.fd == link) && ::fcntl(c.fd, F_GETFD) < 0)
        continue;
      else
        out.add(std::string(each.name) + ", " + c.what,
                each.make(c.fd, c.path, c.flags));
  return out.text();
}

std::string opens() {
  record out;
  const char* const paths[]
      = {"f",     "d",         "sl",       "sd",           "dang",   "loop",
         "fresh", "fresh/",    "d/",       "f/",           "to_new", "to_far",
         "chain", "no_parent", "to_slash", "to_free/made", "read",   "write",
         "none",  "shut/f",    "shut/new", "sticky/f",     ".",      "..",
         "/",     "d/..",      "sl/",      "nothing/x"};
  int number = 0;
  for (const char* const path : paths)
    for (const int access : {O_RDONLY, O_WRONLY, O_RDWR, O_ACCMODE})
      for (const int more :
           {0, O_CREAT, O_CREAT | O_EXCL, O_TRUNC, O_CREAT | O_TRUNC,
            O_NOFOLLOW, O_CREAT | O_NOFOLLOW, O_DIRECTORY,
            O_DIRECTORY | O_NOFOLLOW, O_CREAT | O_DIRECTORY, O_TMPFILE,
            O_TMPFILE | O_EXCL, O_APPEND | O_NONBLOCK | O_CLOEXEC,
            0x40000000 | O_SYNC, O_CREAT | O_EXCL | O_NOFOLLOW}) {
        const int mask = ++number % 3 == 0 ? 027 : number % 3 == 1 ? 0 : 077;
        ::umask(static_cast<mode_t>(mask));
        const long fd = raw(SYS_openat, AT_FDCWD, path, access | more, 0666);
        out.add(std::string("open ") + path + " " + std::to_string(access) + " "
                    + std::to_string(more),
                fd < 0 ? fd : 0, fd < 0 ? "" : describe_fd(fd));
        if (fd >= 0)
          ::close(static_cast<int>(fd));
        // What was made is taken away again, so that all begin alike.
        for (const char* const made :
             {"fresh", "nothing", "free/new", "free/new2", "free/far",
              "free/made", "shut/new"})
          out.state(made);
        for (const char* const made :
             {"fresh", "nothing", "free/new", "free/new2", "free/far",
              "free/made", "shut/new"})
          ::unlink(made);
      }
  // Other spellings are the same call.
  for (const char* const path : {"f", "new1", "dang", "d", "none"}) {
    out.add(std::string("creat ") + path, closed(raw(SYS_creat, path, 0640)));
    out.add(std::string("open ") + path,
            closed(raw(SYS_open, path, O_RDWR | O_CREAT, 0750)));
    out.state(path);
  }
  struct how {
    std::uint64_t flags, mode, resolve;
    std::uint64_t more = 0;
  };
  const auto open2 = [&](const char* what, const char* path, how h,
                         std::size_t size = 24, int at = AT_FDCWD) {
    out.add(std::string("openat2 ") + what + " " + path,
            closed(raw(SYS_openat2, at, path, &h, size)));
  };
  const int d = ::open("d", O_RDONLY | O_DIRECTORY);
  for (const char* const path :
       {"f", "sl", "sd", "/f", "../f", "d/../f", "/sd/f", "to_far", "sd/e/..",
        "d/f", "..", "/", "loop", "dang"})
    for (std::uint64_t resolve = 0; resolve < 0x80; ++resolve)
      for (const int at : {AT_FDCWD, d})
        if (resolve % 3 == 0 || resolve < 0x20)
          open2(("resolve " + std::to_string(resolve) + (at == d ? " d" : ""))
                    .c_str(),
                path, {O_RDONLY, 0, resolve}, 24, at);
  for (const std::size_t size : {0, 16, 23})
    open2("small", "f", {O_RDONLY, 0, 0}, size);
  open2("tail", "f", {O_RDONLY, 0, 0, 0}, 32);
  open2("wrong tail", "f", {O_RDONLY, 0, 0, 1}, 32);
  open2("huge", "f", {O_RDONLY, 0, 0}, 5000);
  open2("mode without making", "f", {O_RDONLY, 0600, 0});
  open2("bad mode", "n2", {O_CREAT, 010000000, 0});
  open2("bad flags", "f", {0x8000000000, 0, 0});
  open2("path and more", "f", {O_PATH | O_CREAT, 0, 0});
  open2("made", "made2", {O_CREAT | O_RDWR | O_CLOEXEC, 0640, 0});
  out.add("openat2 bad how", raw(SYS_openat2, AT_FDCWD, "f", 8, 24));
  return out.text();
}

std::string names() {
  record out;
  ::umask(026);
  const auto two = [&](const char* old_name, const char* new_name) {
    const auto both = std::string(old_name) + " " + new_name;
    out.add("link " + both, raw(SYS_link, old_name, new_name));
    out.state(new_name);
    for (const unsigned flags : {0U, 1U, 2U, 3U, 8U}) {
      out.add("rename " + std::to_string(flags) + " " + both,
              raw(316, AT_FDCWD, old_name, AT_FDCWD, new_name, flags));
      out.state(old_name);
      out.state(new_name);
    }
  };
  for (const char* const path :
       {"n1",   "n2/",   ".",         "..",         "/",      "d/..",
        "f",    "f/",    "sl",        "sl/",        "sd",     "sd/",
        "dang", "dang/", "nothing/x", "nothing/..", "shut/x", "loop/x",
        "d/e",  "n1/.",  "n1/.."}) {
    out.add(std::string("mkdir ") + path, raw(SYS_mkdir, path, 0777));
    out.state(path);
    out.add(std::string("mkdir sticky ") + path, raw(SYS_mkdir, path, 01777));
    out.add(std::string("rmdir ") + path, raw(SYS_rmdir, path));
    out.state(path);
  }
  for (const char* const path : {"m1", "m2/", "f", ".", "/", "dang", "sd/x"})
    for (const int kind : {S_IFREG, 0, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK,
                           S_IFDIR, S_IFLNK, 0170000}) {
      // Device 0:0 anybody may make; on behalf nobody does.
      out.add(std::string("mknod ") + path + " " + std::to_string(kind),
              raw(SYS_mknod, path, kind | 0666, 0x105));
      out.state(path);
      if (path[0] == 'm' || path[0] == 's')
        out.add("unlink it", raw(SYS_unlink, path));
    }
  out.add("mknod 1:3", raw(SYS_mknodat, AT_FDCWD, "m3", S_IFCHR | 0666, 0x103));
  for (const char* const path : {"s1", "s2/", "f", ".", "/", "sd/s3"}) {
    out.add(std::string("symlink ") + path, raw(SYS_symlink, "any/text", path));
    out.add(std::string("symlink empty ") + path, raw(SYS_symlink, "", path));
    out.state(path);
  }
  for (const char* const old_name :
       {"f", "d", "sl", "dang", "nothing", "f/", "d/", "sl/", ".", "..", "/",
        "d/full", "s1"})
    for (const char* const new_name :
         {"r1", "d/r2", "f", "d", "d/e", "d/full", "r3/", ".", "..", "/", "sl",
          "sd/r4", "nothing/x", "d/e/in"})
      two(old_name, new_name);
  for (const char* const path : {"f", "d", "sl", "sl/", "sd/", "d/e", ".", "..",
                                 "/", "dang", "nothing", "f/", "shut/f"}) {
    out.add(std::string("unlink ") + path, raw(SYS_unlink, path));
    out.add(std::string("unlinkat ") + path,
            raw(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR));
    out.add(std::string("unlinkat flags ") + path,
            raw(SYS_unlinkat, AT_FDCWD, path, 0x400));
    out.state(path);
  }
  const int file
      = static_cast<int>(raw(SYS_open, "free", O_TMPFILE | O_RDWR, 0640));
  const auto name = "/proc/self/fd/" + std::to_string(file);
  out.add("link of no fd", raw(SYS_linkat, 999, "", AT_FDCWD, "l1", 0x1000));
  out.add("link, no flag", raw(SYS_linkat, file, "", AT_FDCWD, "l1", 0));
  out.add("link, bad flag", raw(SYS_linkat, file, "", AT_FDCWD, "l1", 0x100));
  return out.text();
}

namespace {

/// Inode flags, by fd and by name.
void flags_of(record& out, const char* path) {
  constexpr unsigned long get = 0x80086601, set = 0x40086602,
                          get_x = 0x801C581F, set_x = 0x401C5820;
  const std::string p{path};
  std::uint32_t flags = 0, x[7]{};
  for (const int how : {O_RDONLY, O_WRONLY}) {
    const int fd = ::open(path, how | O_NONBLOCK | O_CLOEXEC);
    const auto ask = [&](const char* what, unsigned long command, auto* value) {
      out.add(what + p + std::to_string(how),
              raw(SYS_ioctl, fd, command, value));
    };
    ask("get flags ", get, &flags);
    const auto before = flags;
    flags |= 0x40; // FS_NODUMP_FL
    ask("set flags ", set, &flags);
    ask("get flags ", get, &flags);
    out.add("flags ", flags & 0x40);
    flags = before;
    ask("reset flags ", set, &flags);
    flags = 0xFFFFFFFF;
    ask("set bad flags ", set, &flags);
    ask("set no flags ", set, reinterpret_cast<int*>(8));
    ask("get extended ", get_x, x);
    ask("set extended ", set_x, x);
    ask("set no extended ", set_x, static_cast<int*>(nullptr));
    ::close(fd);
  }
  std::uint64_t attr[640]{};
  for (const std::size_t size : {0, 23, 24, 32, 4096, 5000})
    out.add("file_setattr " + p + std::to_string(size),
            raw(469, AT_FDCWD, path, attr, size, 0));
  attr[3] = 1;
  out.add("file_setattr, tail " + p, raw(469, AT_FDCWD, path, attr, 32, 0));
  attr[0] = 1ULL << 40;
  out.add("file_setattr, bad " + p, raw(469, AT_FDCWD, path, attr, 24, 0));
  out.add("file_setattr, null " + p, raw(469, AT_FDCWD, path, nullptr, 24, 0));
}

} // namespace

std::string attributes() {
  record out;
  char text[64];
  for (const char* const path : {"f", "sl", "sd", "d", "dang", "read", "write",
                                 "none", "fifo", "shut/f", ".", "/"}) {
    const std::string p{path};
    for (int mode = 0; mode < 9; ++mode) {
      out.add("access " + p + std::to_string(mode),
              raw(SYS_access, path, mode));
      out.add("faccessat2 " + p + std::to_string(mode),
              raw(439, AT_FDCWD, path, mode, AT_EACCESS));
    }
    for (const long size : {0L, 1L, 3L, 64L, -1L, 1L << 32}) {
      std::memset(text, 'z', sizeof text);
      const long n = raw(SYS_readlink, path, text, size);
      out.add("readlink " + p + " " + std::to_string(size), n,
              std::string(text, 5));
    }
    for (const long length : {-1L, 0L, 4L, 5000L})
      out.add("truncate " + p + " " + std::to_string(length),
              raw(SYS_truncate, path, length));
    for (const mode_t mode : {mode_t{0}, mode_t{0644}, mode_t{06755}}) {
      out.add("chmod " + p, raw(SYS_chmod, path, mode));
      out.state(path);
    }
    flags_of(out, path);
    out.add("chown " + p, raw(SYS_chown, path, ::getuid(), ::getgid()));
    out.add("chown away " + p, raw(SYS_chown, path, 12345, -1));
    out.add("setxattr " + p, raw(SYS_setxattr, path, "user.a", "value", 5, 0));
    for (const long size : {0L, 2L, 5L, 64L, 1L << 40}) {
      std::memset(text, 'z', sizeof text);
      const long n = raw(SYS_getxattr, path, "user.a", text, size);
      out.add("getxattr " + p + " " + std::to_string(size), n,
              std::string(text, 6));
      std::memset(text, 'z', sizeof text);
      const long m = raw(SYS_listxattr, path, text, size);
      out.add("listxattr " + p + " " + std::to_string(size), m,
              std::string(text, 8));
    }
    out.add("getxattr none " + p,
            raw(SYS_getxattr, path, "user.b", text, sizeof text));
    out.add("removexattr " + p, raw(SYS_removexattr, path, "user.a"));
    out.add("utimes " + p, raw(SYS_utimes, path, nullptr));
    out.state(path);
  }
  struct stat facts {};
  out.add("stat into nowhere", raw(SYS_stat, "f", 8));
  out.add("stat of nothing into nowhere", raw(SYS_stat, "nothing", 8));
  out.add("statfs into nowhere", raw(SYS_statfs, "f", 8));
  out.add("readlink into nowhere", raw(SYS_readlink, "sl", 8, 5));
  struct ::statx big {};
  for (const unsigned flags : {0U, 0x2000U, 0x4000U, 0x6000U, 0x800U, 0x8000U})
    out.add("statx " + std::to_string(flags),
            raw(SYS_statx, AT_FDCWD, "f", flags, 0xFFF, &big));
  out.add("statx reserved",
          raw(SYS_statx, AT_FDCWD, "f", 0, 0x80000000U, &big));
  for (const long size : {0L, 1L, 2L, 100L})
    out.add("getcwd " + std::to_string(size), raw(SYS_getcwd, text, size));
  static_cast<void>(facts);
  return out.text();
}

std::string directories() {
  record out;
  char text[5000];
  const auto here = [&](const std::string& what) {
    const long n = raw(SYS_getcwd, text, sizeof text);
    out.add("getcwd after " + what, n, n > 0 ? text : "");
    struct stat s {};
    out.add("stat of .", raw(SYS_stat, ".", &s), std::to_string(s.st_mode));
  };
  for (const char* const path :
       {"d",     "e",        "..",        "../..",    "/d/e",         "/",
        "sd",    ".",        "/sd/",      "f",        "/f",           "dang",
        "/loop", "/nothing", "",          "/shut",    "/shut/f",      "/free",
        "e/",    "/d",       "full/../e", "/to_free", "/sd/e/../../d"}) {
    out.add(std::string("chdir ") + path, raw(SYS_chdir, path));
    here(path);
  }
  out.add("chdir null", raw(SYS_chdir, nullptr));
  out.add("chdir bad", raw(SYS_chdir, 8));
  out.add("chdir long", raw(SYS_chdir, std::string(5000, 'x').c_str()));
  out.add("chdir back", raw(SYS_chdir, "/d"));
  const int d = ::open("e", O_RDONLY | O_DIRECTORY);
  out.add("fchdir", raw(SYS_fchdir, d));
  here("fchdir");
  // A child inherits it, and goes its own way.
  if (::fork() == 0)
    ::_exit(raw(SYS_chdir, "..") == 0 && raw(SYS_getcwd, text, sizeof text) > 0
                    && std::string(text) == "/d"
                ? 7
                : 1);
  int status = 0;
  ::wait(&status);
  out.add("child", status);
  here("the child");
  // A thread takes all others with it.
  std::thread{[&] { out.add("thread", raw(SYS_chdir, "/free")); }}.join();
  here("the thread");
  // One that may be searched and not read.
  out.add("mkdir blind", raw(SYS_mkdir, "/d/blind", 0311));
  out.add("open blind", closed(raw(SYS_open, "/d/blind", O_RDONLY)));
  out.add("chdir blind", raw(SYS_chdir, "/d/blind"));
  here("blind");
  out.add("make in it", closed(raw(SYS_creat, "in", 0600)));
  out.add("remove in it", raw(SYS_unlink, "in"));
  out.add("chdir out", raw(SYS_chdir, ".."));
  out.add("rmdir blind", raw(SYS_rmdir, "blind"));
  // No fd is left behind, and a deleted directory stays what it is.
  const int next = ::open("/f", O_RDONLY);
  out.add("mkdir blind", raw(SYS_mkdir, "/d/blind", 0311));
  for (int i = 0; i < 60; ++i)
    raw(SYS_chdir, i % 3 == 0 ? "/d" : i % 3 == 1 ? "/" : "/d/blind");
  out.add("rmdir blind", raw(SYS_rmdir, "/d/blind"));
  out.add("next fd", ::open("/f", O_RDONLY) - next);
  out.add("mkdir", raw(SYS_mkdir, "/d/gone", 0777));
  out.add("chdir", raw(SYS_chdir, "/d/gone"));
  out.add("rmdir", raw(SYS_rmdir, "/d/gone"));
  out.add("getcwd", raw(SYS_getcwd, text, sizeof text));
  out.add("open .", closed(raw(SYS_open, ".", O_RDONLY)));
  out.add("open ..", closed(raw(SYS_open, "..", O_RDONLY)));
  out.add("creat", raw(SYS_creat, "new", 0666));
  out.add("chdir ..", raw(SYS_chdir, ".."));
  here("the deleted one");
  return out.text();
}

} // namespace cordon::test
