#include "tests/paths/random_calls.hpp"

#include "tests/paths/raw_calls.hpp"

#include <sys/stat.h>
#include <sys/time.h>

#include <array>
#include <ostream>
#include <set>

namespace cordon::test {
namespace {

constexpr std::array<const char*, kinds_of_names> names = {
    "a",       "b",         "c",      "a/b",    "a/c", "b/a", "b/c/a", "l",
    "m",       "l/a",       "m/b",    "a/",     "l/",  "a/.", "a/..",  "b/../a",
    "nothing", "nothing/a", "a/b/c/", "l/../b", ".",   "f",   "a//b",  "b/l"};
/// The last three lead out of the directory.
constexpr std::array<const char*, 8> link_texts
    = {"a", "b/c", "l", "nothing", "a/", "..", "/", "../f"};
constexpr std::array<int, 8> ways
    = {O_RDONLY,         O_WRONLY,
       O_RDWR | O_CREAT, O_WRONLY | O_TRUNC,
       O_CREAT | O_EXCL, O_RDONLY | O_NOFOLLOW,
       O_DIRECTORY,      O_WRONLY | O_CREAT | O_NOFOLLOW};
constexpr std::array<unsigned, 6> modes = {0644, 0700, 0, 0444, 0222, 0111};

template <class T, std::size_t N>
T pick(const std::array<T, N>& from, int number) {
  return from[static_cast<std::size_t>(number) % N];
}

/// The names in a directory, in one order.
std::string listing(int fd) {
  std::set<std::string> all;
  std::array<char, 4096> bytes{};
  long n = 0;
  while ((n = raw(SYS_getdents64, fd, bytes.data(), bytes.size())) > 0)
    for (long i = 0; i < n;) {
      std::uint16_t size = 0;
      std::memcpy(&size, bytes.data() + i + 16, sizeof size);
      all.insert(bytes.data() + i + 19);
      i += size;
    }
  std::string text = std::to_string(n);
  for (const auto& each : all)
    text += " " + each;
  return text;
}

/// One sequence in one directory.
class player {
public:
  player(const std::string& place, bool alone)
      : place_(place)
      , texts_(alone ? link_texts.size() : link_texts.size() - 3) {
  }

  void make(const random_call& call) {
    const auto one = path_of(call.name, call.how), two = path_of(call.other, 0);
    const char* const p = one.c_str();
    const char* const q = two.c_str();
    const auto mode = pick(modes, call.how);
    const auto add = [&](const char* what, long outcome) {
      out_.add(what + (" " + one), outcome);
    };
    switch (call.what % kinds_of_calls) {
    case 0:
    case 1:
      return open(p, pick(ways, call.how), pick(modes, call.other));
    case 2:
      return add("mkdir", raw(SYS_mkdir, p, mode));
    case 3:
      return add("rmdir", raw(SYS_rmdir, p));
    case 4:
      return add("unlink", raw(SYS_unlink, p));
    case 5:
      return add(q, raw(SYS_rename, p, q));
    case 6:
      return add(q, raw(SYS_renameat2, AT_FDCWD, p, AT_FDCWD, q, call.how % 4));
    case 7:
      return add(q, raw(SYS_link, p, q));
    case 8:
      return add("symlink", raw(SYS_symlink, link_text(call.other), p));
    case 9:
      return read_link(p);
    case 10:
      return out_.state(p);
    case 11:
      return add("access", raw(439, AT_FDCWD, p, call.how % 8,
                               call.other % 2 == 0 ? 0 : AT_SYMLINK_NOFOLLOW));
    case 12:
      return add("chmod", raw(SYS_chmod, p, mode));
    case 13:
      return add("truncate", raw(SYS_truncate, p, call.how * 100));
    case 14:
      return add("mknod",
                 raw(SYS_mknod, p,
                     (call.other % 2 == 0 ? S_IFIFO : S_IFREG) | mode, 0));
    case 15:
      return add("setxattr", raw(SYS_setxattr, p, "user.a", "value",
                                 call.how % 6, call.other % 3));
    case 16:
      return add("removexattr", raw(SYS_removexattr, p, "user.a"));
    case 17:
      return change_times(p, call);
    case 18:
      return follow(p);
    default:
      return add(q, raw(SYS_linkat, AT_FDCWD, p, AT_FDCWD, q,
                        call.how % 2 == 0 ? 0 : AT_SYMLINK_FOLLOW));
    }
  }

  [[nodiscard]] const std::string& text() const noexcept {
    return out_.text();
  }

private:
  [[nodiscard]] std::string path_of(int name, int how) const {
    // From the root, or from "/", where every sequence is.
    return (how % 2 == 0 ? place_ : place_.substr(1)) + "/" + pick(names, name);
  }
  [[nodiscard]] const char* link_text(int number) const {
    return link_texts[static_cast<std::size_t>(number) % texts_];
  }

  void open(const char* path, int how, unsigned mode) {
    const long fd = raw(SYS_open, path, how | O_NONBLOCK | O_CLOEXEC, mode);
    std::string more = describe_fd(fd);
    if (fd >= 0) {
      std::array<char, 6> text{};
      const long got = raw(SYS_read, fd, text.data(), 5);
      more += " read " + std::to_string(got) + text.data();
      more += " wrote " + std::to_string(raw(SYS_write, fd, "hello", 5));
      struct stat facts {};
      ::fstat(static_cast<int>(fd), &facts);
      if (S_ISDIR(facts.st_mode))
        more += " holds " + listing(static_cast<int>(fd));
    }
    out_.add("open " + std::to_string(how) + " " + path, closed(fd), more);
  }

  void read_link(const char* path) {
    std::array<char, 64> text{};
    const long n = raw(SYS_readlink, path, text.data(), 60);
    out_.add(std::string("readlink ") + path, n, text.data());
  }

  void follow(const char* path) {
    struct stat facts {};
    const long found = raw(SYS_stat, path, &facts);
    out_.add(std::string("stat ") + path, found,
             found < 0 ? "" : std::to_string(facts.st_mode));
  }

  void change_times(const char* path, const random_call& call) {
    const timespec when[2] = {{call.how, 5}, {call.other, 7}};
    out_.add(std::string("utimensat ") + path,
             raw(SYS_utimensat, AT_FDCWD, path, when,
                 call.how % 2 == 0 ? 0 : AT_SYMLINK_NOFOLLOW));
  }

  std::string place_;
  std::size_t texts_;
  record out_;
};

} // namespace

std::ostream& operator<<(std::ostream& out, const random_call& call) {
  return out << "{" << call.what << ", " << call.name << ", " << call.other
             << ", " << call.how << "}";
}

std::string make_calls(const std::vector<random_call>& all,
                       const std::string& place, bool alone) {
  raw(SYS_mkdir, place.c_str(), 0700);
  player plays{place, alone};
  for (const auto& each : all)
    plays.make(each);
  return plays.text();
}

} // namespace cordon::test
