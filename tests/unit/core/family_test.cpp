// Counting processes by /proc.
#include "core/process/family.hpp"

#include <catch2/catch.hpp>

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace cordon;
using process::find_thread;
using process::whereabouts;

namespace {

/// Processes that stay until this object goes: they wait for the end of a pipe.
class family {
public:
  family() {
    if (::pipe(hold_) != 0 || ::pipe(told_) != 0)
      FAIL("no pipe");
  }
  family(const family&) = delete;
  family& operator=(const family&) = delete;
  ~family() {
    ::close(hold_[1]);
    for (const pid_t each : children_)
      ::waitpid(each, nullptr, 0);
    for (const int fd : {hold_[0], told_[0], told_[1]})
      ::close(fd);
  }

  /// A child that does `body` and stays; returns when it has said something.
  template <class F>
  pid_t child(F body) {
    const pid_t made = ::fork();
    if (made == 0) {
      ::close(hold_[1]);
      body();
      stay();
    }
    children_.push_back(made);
    char byte;
    while (::read(told_[0], &byte, 1) != 1) {
    }
    return made;
  }
  void say() const {
    while (::write(told_[1], "x", 1) != 1) {
    }
  }
  [[noreturn]] void stay() const {
    char byte;
    while (::read(hold_[0], &byte, 1) > 0) {
    }
    ::_exit(0);
  }

private:
  int hold_[2]{};
  int told_[2]{};
  std::vector<pid_t> children_;
};

/// Waits, without sleeping, until a thread is where it will stay.
whereabouts settled(pid_t tid, int number, whereabouts expected) {
  auto now = find_thread(tid, number);
  for (int i = 0; i < 1'000'000 && now != expected; ++i)
    now = find_thread(tid, number);
  return now;
}

} // namespace

TEST_CASE("a family is all that descends, the dead that nobody waited for too",
          "[family]") {
  family f;
  const pid_t root = f.child([&] {
    for (int i = 0; i < 3; ++i)
      if (::fork() == 0) {
        if (i == 1 && ::fork() == 0)
          f.stay();
        if (i == 2)
          ::_exit(0);
        f.stay();
      }
    // The third is a zombie by now, or soon.
    siginfo_t ended;
    ::waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT);
    f.say();
  });

  auto counted = process::count_family(root);
  for (int i = 0; i < 1'000'000 && counted && *counted < 4; ++i)
    counted = process::count_family(root); // the grandchild is on its way

  REQUIRE(counted.has_value());
  CHECK(*counted == 4);
}

TEST_CASE("a root that is not there has no family, and that is not zero",
          "[family]") {
  CHECK_FALSE(process::count_family(0x7ffffff0).has_value());
}

TEST_CASE("a thread is found in its call, elsewhere, or gone", "[family]") {
  family f;
  const pid_t reader = f.child([&] { f.say(); });

  CHECK(settled(reader, SYS_read, whereabouts::in_call)
        == whereabouts::in_call);
  CHECK(find_thread(reader, SYS_fork) == whereabouts::elsewhere);
  CHECK(find_thread(0x7ffffff0, SYS_fork) == whereabouts::gone);
}

TEST_CASE("who waits in vfork for a child that is there is told from others",
          "[family]") {
  family f;
  const pid_t parent = f.child([&] {
    // NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork)
    if (::vfork() == 0) {
      f.say();
      f.stay(); // NOLINT(clang-analyzer-unix.Vfork): sharing is the point
    }
    ::_exit(0);
  });

  CHECK(settled(parent, SYS_vfork, whereabouts::in_vfork)
        == whereabouts::in_vfork);
}

TEST_CASE("fields of stat are found behind any name", "[family]") {
  CHECK(process::stat_field(::gettid(), 4)
        == static_cast<std::uint64_t>(::getppid()));
  CHECK_FALSE(process::stat_field(0x7ffffff0, 4).has_value());
}
