#include "tests/paths/raw_calls.hpp"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/vfs.h>
#include <utime.h>

#include <array>

namespace cordon::test {
namespace {

// One buffer for all answers; what is in it is compared elsewhere.
std::array<char, 8192> buffer;

struct xattr_arguments {
  std::uint64_t value;
  std::uint32_t size;
  std::uint32_t flags;
};

int inotify() {
  static const int fd = ::inotify_init1(IN_CLOEXEC);
  return fd;
}

} // namespace

std::string describe_fd(long fd) {
  // Who opens a file that is found already cannot say O_NOFOLLOW any more, nor
  // for a directory that cannot be searched, and nobody can make use of it
  // afterwards.
  const auto told = [](int flags, mode_t mode) {
    const bool by_name = S_ISDIR(mode) && (mode & 0111) != 0;
    return by_name ? flags : flags & ~O_NOFOLLOW;
  };
  struct stat s {};
  const auto number = static_cast<int>(fd);
  if (::fstat(number, &s) != 0)
    return "no fstat";
  return "mode " + std::to_string(s.st_mode) + " size "
         + std::to_string(S_ISDIR(s.st_mode) ? 0 : s.st_size) + " links "
         + std::to_string(s.st_nlink) + " uid " + std::to_string(s.st_uid)
         + " flags " + std::to_string(told(::fcntl(number, F_GETFL), s.st_mode))
         + " fd " + std::to_string(::fcntl(number, F_GETFD));
}

void record::add(const std::string& what, long outcome,
                 const std::string& more) {
  text_ += what + "="
           + (outcome < 0 ? strerrorname_np(static_cast<int>(-outcome))
                          : std::to_string(outcome))
           + (more.empty() ? "" : " " + more) + "\n";
}

void record::state(const char* path) {
  struct stat s {};
  const long found
      = raw(SYS_newfstatat, AT_FDCWD, path, &s, AT_SYMLINK_NOFOLLOW);
  add(std::string("state of ") + path, found,
      found < 0
          ? ""
          : std::to_string(s.st_mode) + " " + std::to_string(s.st_uid) + " "
                + std::to_string(s.st_gid) + " " + std::to_string(s.st_nlink)
                + " " + std::to_string(S_ISDIR(s.st_mode) ? 0 : s.st_size));
}

// NOLINTNEXTLINE(readability-function-size): it is a table
const std::vector<path_call>& every_call() {
  using P = const char*;
  using F = unsigned;
  static const timespec fixed[2] = {{7000, 8}, {9000, 10}};
  static const timeval fixed_micro[2] = {{7000, 8}, {9000, 10}};
  static const ::utimbuf seconds{1000, 2000};
  static const std::uint64_t how[3] = {O_RDONLY, 0, 0};
  static const std::uint64_t how_no_links[3] = {O_RDONLY, 0, 4};
  static xattr_arguments room{0, 64, 0};
  static const xattr_arguments give{reinterpret_cast<std::uint64_t>("v"), 1, 0};
  room.value = reinterpret_cast<std::uint64_t>(buffer.data());
  static char* const out = buffer.data();
  static const std::vector<path_call> all = {
      // FIFOs would wait for their other end.
      {"open",
       [](int, P p, F) {
         return closed(raw(SYS_open, p, O_RDONLY | O_NONBLOCK));
       }},
      {"openat",
       [](int d, P p, F) {
         return closed(raw(SYS_openat, d, p, O_RDONLY | O_NONBLOCK));
       }},
      {"openat write",
       [](int d, P p, F) {
         return closed(raw(SYS_openat, d, p, O_WRONLY | O_NONBLOCK));
       }},
      {"openat nofollow",
       [](int d, P p, F) {
         return closed(raw(SYS_openat, d, p, O_NONBLOCK | O_NOFOLLOW));
       }},
      {"openat2",
       [](int d, P p, F) {
         if (p != nullptr && p != reinterpret_cast<P>(8)
             && std::strcmp(p, "fifo") == 0)
           return 0L;
         return closed(raw(SYS_openat2, d, p, how, 24));
       }},
      {"openat2 no links",
       [](int d, P p, F) {
         if (p != nullptr && p != reinterpret_cast<P>(8)
             && std::strcmp(p, "fifo") == 0)
           return 0L;
         return closed(raw(SYS_openat2, d, p, how_no_links, 24));
       }},
      {"stat", [](int, P p, F) { return raw(SYS_stat, p, out); }},
      {"lstat", [](int, P p, F) { return raw(SYS_lstat, p, out); }},
      {"newfstatat",
       [](int d, P p, F f) { return raw(SYS_newfstatat, d, p, out, f); }},
      {"statx",
       [](int d, P p, F f) { return raw(SYS_statx, d, p, f, 0x7ff, out); }},
      {"access", [](int, P p, F) { return raw(SYS_access, p, R_OK); }},
      {"faccessat",
       [](int d, P p, F f) { return raw(SYS_faccessat, d, p, F_OK, f); }},
      {"faccessat2", [](int d, P p, F f) { return raw(439, d, p, R_OK, f); }},
      {"readlink", [](int, P p, F) { return raw(SYS_readlink, p, out, 64); }},
      {"readlinkat",
       [](int d, P p, F) { return raw(SYS_readlinkat, d, p, out, 64); }},
      {"statfs", [](int, P p, F) { return raw(SYS_statfs, p, out); }},
      {"getxattr",
       [](int, P p, F) { return raw(SYS_getxattr, p, "user.a", out, 64); }},
      {"lgetxattr",
       [](int, P p, F) { return raw(SYS_lgetxattr, p, "user.a", out, 64); }},
      {"getxattrat",
       [](int d, P p, F f) {
         return raw(464, d, p, f, "user.a", &room, sizeof room);
       }},
      {"listxattr", [](int, P p, F) { return raw(SYS_listxattr, p, out, 64); }},
      {"llistxattr",
       [](int, P p, F) { return raw(SYS_llistxattr, p, out, 64); }},
      {"listxattrat",
       [](int d, P p, F f) { return raw(465, d, p, f, out, 64); }},
      {"file_getattr",
       [](int d, P p, F f) { return raw(468, d, p, out, 24, f); }},
      {"file_setattr",
       [](int d, P p, F f) {
         static const std::uint64_t no_flags[3]{};
         return raw(469, d, p, no_flags, sizeof no_flags, f);
       }},
      {"inotify_add_watch",
       [](int, P p, F) {
         return raw(SYS_inotify_add_watch, inotify(), p, IN_MODIFY) < 0
                    ? raw(SYS_inotify_add_watch, inotify(), p, IN_MODIFY)
                    : 0;
       }},
      {"chmod", [](int, P p, F) { return raw(SYS_chmod, p, 0700); }},
      {"fchmodat", [](int d, P p, F) { return raw(SYS_fchmodat, d, p, 0700); }},
      {"fchmodat2", [](int d, P p, F f) { return raw(452, d, p, 0700, f); }},
      {"chown",
       [](int, P p, F) { return raw(SYS_chown, p, ::getuid(), ::getgid()); }},
      {"lchown",
       [](int, P p, F) { return raw(SYS_lchown, p, ::getuid(), ::getgid()); }},
      {"fchownat",
       [](int d, P p, F f) {
         return raw(SYS_fchownat, d, p, ::getuid(), ::getgid(), f);
       }},
      {"utime", [](int, P p, F) { return raw(SYS_utime, p, &seconds); }},
      {"utimes", [](int, P p, F) { return raw(SYS_utimes, p, fixed_micro); }},
      {"futimesat",
       [](int d, P p, F) { return raw(SYS_futimesat, d, p, fixed_micro); }},
      {"utimensat",
       [](int d, P p, F f) { return raw(SYS_utimensat, d, p, fixed, f); }},
      {"setxattr",
       [](int, P p, F) { return raw(SYS_setxattr, p, "user.a", "v", 1, 0); }},
      {"lsetxattr",
       [](int, P p, F) { return raw(SYS_lsetxattr, p, "user.a", "v", 1, 0); }},
      {"setxattrat",
       [](int d, P p, F f) {
         return raw(463, d, p, f, "user.a", &give, sizeof give);
       }},
      {"removexattr",
       [](int, P p, F) { return raw(SYS_removexattr, p, "user.a"); }},
      {"lremovexattr",
       [](int, P p, F) { return raw(SYS_lremovexattr, p, "user.a"); }},
      {"removexattrat",
       [](int d, P p, F f) { return raw(466, d, p, f, "user.a"); }},
      {"truncate", [](int, P p, F) { return raw(SYS_truncate, p, 3); }},
      {"mkdir",
       [](int, P p, F) {
         const long made = raw(SYS_mkdir, p, 0755);
         if (made == 0)
           ::rmdir(p);
         return made;
       }},
      {"mkdirat",
       [](int d, P p, F) {
         const long made = raw(SYS_mkdirat, d, p, 0755);
         if (made == 0)
           ::unlinkat(d, p, AT_REMOVEDIR);
         return made;
       }},
      {"mknod",
       [](int, P p, F) {
         const long made = raw(SYS_mknod, p, S_IFIFO | 0600, 0);
         if (made == 0)
           ::unlink(p);
         return made;
       }},
      {"mknodat",
       [](int d, P p, F) {
         const long made = raw(SYS_mknodat, d, p, S_IFREG | 0600, 0);
         if (made == 0)
           ::unlinkat(d, p, 0);
         return made;
       }},
      {"symlink",
       [](int, P p, F) {
         const long made = raw(SYS_symlink, "t", p);
         if (made == 0)
           ::unlink(p);
         return made;
       }},
      {"symlinkat",
       [](int d, P p, F) {
         const long made = raw(SYS_symlinkat, "t", d, p);
         if (made == 0)
           ::unlinkat(d, p, 0);
         return made;
       }},
      {"symlink text",
       [](int, P p, F) {
         const long made = raw(SYS_symlink, p, "text");
         ::unlink("text");
         return made;
       }},
      {"link old",
       [](int, P p, F) {
         const long made = raw(SYS_link, p, "second");
         ::unlink("second");
         return made;
       }},
      {"linkat old",
       [](int d, P p, F f) {
         const long made = raw(SYS_linkat, d, p, AT_FDCWD, "second", f);
         ::unlink("second");
         return made;
       }},
      {"link new",
       [](int, P p, F) {
         const long made = raw(SYS_link, "f", p);
         if (made == 0)
           ::unlink(p);
         return made;
       }},
      {"linkat new",
       [](int d, P p, F) {
         const long made = raw(SYS_linkat, AT_FDCWD, "f", d, p, 0);
         if (made == 0)
           ::unlinkat(d, p, 0);
         return made;
       }},
      {"rename onto itself", [](int, P p, F) { return raw(SYS_rename, p, p); }},
      {"renameat onto itself",
       [](int d, P p, F) { return raw(SYS_renameat, d, p, d, p); }},
      {"renameat2 onto itself",
       [](int d, P p, F f) { return raw(316, d, p, d, p, f); }},
      {"rename of nothing onto",
       [](int, P p, F) { return raw(SYS_rename, "nothing", p); }},
      {"unlinkat flags",
       [](int d, P p, F f) { return raw(SYS_unlinkat, d, p, f | 0x400U); }},
      {"rmdir of no directory",
       [](int d, P p, F) {
         struct stat s {};
         const bool is = ::fstatat(d, p, &s, AT_SYMLINK_NOFOLLOW) == 0
                         && S_ISDIR(s.st_mode);
         return is ? 0L : raw(SYS_unlinkat, d, p, AT_REMOVEDIR);
       }},
  };
  return all;
}

} // namespace cordon::test
