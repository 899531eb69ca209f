// The listener and its subsystems by message, on a lane driven by hand, over a
// kernel that fails: nobody is told of success, nobody is answered twice.
#include "actors/accounting.hpp"
#include "actors/listener.hpp"
#include "actors/metadata.hpp"
#include "tests/support/actor_service.hpp"
#include "tests/support/fake_kernel.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>

using namespace cordon;
using namespace cordon::actors;
using cordon::test::fake_kernel;

namespace {

using syscall::operation;

/// Keeps every call that it is asked about.
class slow final : public subsystem<path_actor> {
public:
  slow(caf::actor_config& config, lane_ptr home, std::vector<owed>& to)
      : subsystem(config, std::move(home))
      , to_(to) {
  }
  behavior_type make_behavior() override {
    return {
        [this](const path_request& asked) { to_.push_back(owe(asked.call)); }};
  }

private:
  std::vector<owed>& to_;
};

/// A listener with real subsystems whose kernel is the test.
struct stage {
  test::actor_service s; // waits for its actors: whoever holds one ends first
  std::vector<owed> kept;
  lane_ptr home = std::make_shared<lane>(s.system);
  std::shared_ptr<fake_kernel> kernel = std::make_shared<fake_kernel>();
  std::string failure;
  std::vector<answer> said;
  int undelivered = 0;
  listener_actor handle;
  listener* impl = nullptr;

  void open(const routes& to, tracing keeper = {}) {
    listener_reports reports{
        [this](const outcome& done) {
          said.push_back(done.said);
          undelivered += done.delivered ? 0 : 1;
        },
        [this](std::string why) { failure = std::move(why); }};
    handle = spawn_on<listener>(home, to, reports, std::move(keeper));
    impl
        = static_cast<listener*>(caf::actor_cast<caf::abstract_actor*>(handle));
  }
  path_actor open_slow() {
    routes to;
    auto whom = spawn_on<slow>(home, kept);
    to.add<path_request>(operation::chmod, whom);
    open(to);
    return whom;
  }
  void open_metadata(const std::string& root) {
    cordon::metadata::write_roots roots;
    roots.add(root);
    routes to;
    to.add<path_request>(operation::chmod, spawn_on<actors::metadata>(
                                               home, kernel, std::move(roots)));
    open(to);
  }
  void open_accounting(pid_t keeper, std::uint64_t limit) {
    routes to;
    const auto whom = spawn_on<accounting>(home, kernel, keeper, limit);
    for (const auto op : {operation::fork, operation::dumpable})
      to.add<process_request>(op, whom);
    open(to);
  }

  void trap(std::uint64_t id, int number, pid_t tid,
            std::initializer_list<std::uint64_t> arguments = {}) {
    auto raw = fake_kernel::call(id, number, tid);
    std::copy(arguments.begin(), arguments.end(), std::begin(raw.data.args));
    kernel->pending.push_back(raw);
  }
  void trap_fchmod(std::uint64_t id, int fd = 5, mode_t mode = 0600) {
    trap(id, SYS_fchmod, ::gettid(), {static_cast<std::uint64_t>(fd), mode});
  }
  void work() {
    do { // epoll tells again as long as something waits
      impl->receive_all(kernel, EPOLLIN);
      home->work();
    } while (kernel->waiting());
  }
  /// How often each notification was answered.
  std::map<std::uint64_t, int> answers() const {
    std::map<std::uint64_t, int> count;
    for (const auto& each : kernel->sent)
      ++count[each.id];
    return count;
  }
  bool each_answered_once(std::size_t calls) const {
    const auto all = answers();
    return all.size() == calls && std::ranges::all_of(all, [](const auto& a) {
             return a.second == 1;
           });
  }
};

/// A file and the directory it is in, gone with this object.
struct file_in_directory {
  std::string directory = "/tmp/cordon-faults-XXXXXX";
  unique_fd fd;
  file_in_directory() {
    REQUIRE(::mkdtemp(directory.data()) != nullptr);
    ::close(::open(path().c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0640));
    // One that is open for writing may be changed wherever it is.
    fd.reset(::open(path().c_str(), O_RDONLY | O_CLOEXEC));
  }
  file_in_directory(const file_in_directory&) = delete;
  file_in_directory& operator=(const file_in_directory&) = delete;
  ~file_in_directory() {
    ::unlink(path().c_str());
    ::rmdir(directory.c_str());
  }
  std::string path() const {
    return directory + "/file";
  }
  mode_t mode() const {
    struct stat facts {};
    ::fstat(fd.get(), &facts);
    return facts.st_mode & 07777;
  }
};

/// A process with children that all wait for the end of a pipe.
class family {
public:
  explicit family(int members) {
    if (::pipe(hold_) != 0)
      FAIL("no pipe");
    int ready[2];
    if (::pipe(ready) != 0)
      FAIL("no pipe");
    root_ = ::fork();
    if (root_ == 0) {
      ::close(hold_[1]);
      for (int i = 0; i < members; ++i)
        if (::fork() == 0)
          stay();
      [[maybe_unused]] const auto n = ::write(ready[1], "x", 1);
      stay();
    }
    char byte;
    while (::read(ready[0], &byte, 1) != 1) {
    }
    ::close(ready[0]);
    ::close(ready[1]);
  }
  family(const family&) = delete;
  family& operator=(const family&) = delete;
  ~family() {
    ::close(hold_[1]);
    ::waitpid(root_, nullptr, 0);
    ::close(hold_[0]);
  }
  pid_t root() const {
    return root_;
  }

private:
  [[noreturn]] void stay() const {
    char byte;
    while (::read(hold_[0], &byte, 1) > 0) {
    }
    ::_exit(0);
  }
  int hold_[2]{};
  pid_t root_ = -1;
};

const std::vector<int> kernel_errors{EINTR, ENOENT, ENOMEM, EPERM, EMFILE};

} // namespace

TEST_CASE("a RECV that fails costs no call its answer", "[lane][threat-3]") {
  stage s;
  s.open_slow();
  for (const int error : kernel_errors) {
    s.kernel->receive_errors.push_back(error);
    s.kernel->receive_errors.push_back(0);
  }
  for (std::uint64_t id = 1; id <= 10; ++id)
    s.trap_fchmod(id);

  s.work();
  for (const auto& each : s.kept)
    each.deliver(answer::give(0));
  s.home->work();

  CHECK(s.kept.size() == 10);
  CHECK(s.each_answered_once(10));
  CHECK(s.failure.empty());
}

TEST_CASE("a SEND that fails is not tried again, nor called delivered",
          "[lane][threat-3]") {
  const int error = GENERATE(from_range(kernel_errors));
  stage s;
  s.open_slow();
  s.kernel->send_error = error;
  s.trap_fchmod(1);
  s.trap_fchmod(2);

  s.work();
  REQUIRE(s.kept.size() == 2);
  s.kept[0].deliver(answer::give(0));
  s.kept[1].deliver(answer::fail(EACCES));
  s.home->work();

  CHECK(s.each_answered_once(2));
  CHECK(s.undelivered == 2);
  CHECK(s.failure.empty());
}

TEST_CASE("an fd that cannot be injected makes the call fail once",
          "[lane][threat-3]") {
  const int error = GENERATE(from_range(kernel_errors));
  stage s;
  s.open_slow();
  s.kernel->inject_error = error;
  s.trap_fchmod(1);

  s.work();
  answer with_fd;
  with_fd.what = answer::kind::inject;
  with_fd.fd = std::make_shared<unique_fd>(::dup(0));
  s.kept.at(0).deliver(with_fd);
  s.home->work();

  REQUIRE(s.kernel->sent.size() == 1);
  CHECK(s.kernel->sent[0].error == -error);
  CHECK(s.kernel->sent[0].flags == 0);
  CHECK(s.kernel->injected.empty());
}

TEST_CASE("when a subsystem ends, all that wait for it get one errno",
          "[lane][threat-3]") {
  stage s;
  const auto whom = s.open_slow();
  for (std::uint64_t id = 1; id <= 5; ++id)
    s.trap_fchmod(id);
  s.work();
  REQUIRE(s.kept.size() == 5);
  s.kept[2].deliver(answer::give(7));
  s.home->work();

  caf::anon_send_exit(whom, caf::exit_reason::kill);
  s.home->work();
  for (const auto& each : s.kept)
    each.deliver(answer::give(0)); // too late
  s.home->work();
  s.trap_fchmod(6);
  s.work();

  CHECK(s.each_answered_once(6));
  for (const auto& each : s.kernel->sent)
    CHECK(each.error == (each.id == 3 ? 0 : -EIO));
  CHECK_FALSE(s.failure.empty());
}

TEST_CASE("a call waits until the keeper traces its thread, or says it cannot",
          "[lane][threat-28]") {
  // The test's own process must catch a signal to be worth tracing.
  struct sigaction before {
  }, catching{};
  catching.sa_handler = [](int) {};
  REQUIRE(::sigaction(SIGUSR1, &catching, &before) == 0);
  const bool traced = GENERATE(true, false);
  stage s;
  std::vector<pid_t> asked;
  routes to;
  to.add<path_request>(operation::chmod, spawn_on<slow>(s.home, s.kept));
  s.open(to, tracing{[&](pid_t tid) {
                       asked.push_back(tid);
                       return true;
                     },
                     [](pid_t) { return true; }});
  s.trap_fchmod(1);

  s.work();
  CHECK(asked == std::vector<pid_t>{::gettid()});
  CHECK(s.kept.empty());
  const std::int32_t tid = ::gettid();
  if (traced)
    caf::anon_send(s.handle, traced_atom_v, tid);
  else
    caf::anon_send(s.handle, untraced_atom_v, tid);
  s.home->work();

  CHECK(s.kept.size() == 1);
  CHECK(::sigaction(SIGUSR1, &before, nullptr) == 0);
}

TEST_CASE("metadata changes beneath a write grant, and nowhere else",
          "[lane]") {
  const file_in_directory granted, other;
  stage s;
  s.open_metadata(granted.directory);
  s.trap_fchmod(1, granted.fd.get(), 0604);
  s.trap_fchmod(2, other.fd.get(), 0604);
  s.trap(3, SYS_chmod, ::gettid(),
         {reinterpret_cast<std::uintptr_t>(other.path().c_str()), 0604});

  s.work();

  REQUIRE(s.kernel->sent.size() == 3);
  CHECK(s.kernel->sent[0].error == 0);
  CHECK(s.kernel->sent[1].error == -EACCES);
  CHECK(granted.mode() == 0604);
  CHECK(other.mode() == 0640);
  CHECK(s.said.at(1).about == other.path());
}

TEST_CASE("a caller that goes while it is looked at changes nothing",
          "[lane][threat-4]") {
  const file_in_directory granted;
  stage s;
  s.open_metadata(granted.directory);
  // Valid once, after its memory was read; not when the fd was opened by its
  // number, which may be another's by then.
  s.kernel->valid_times = 1;
  s.trap_fchmod(1, granted.fd.get(), 0604);

  s.work();

  REQUIRE(s.kernel->sent.size() == 1);
  CHECK(s.kernel->sent[0].error < 0);
  CHECK(granted.mode() == 0640);
}

TEST_CASE("forks are admitted by what /proc shows, not by what was asked",
          "[lane][threat-33]") {
  const family three(3);
  stage s;
  s.open_accounting(three.root(), 4);
  // None of these forks happens: each time there is room for one still. Their
  // callers are elsewhere: the family's first process waits in read(2).
  for (std::uint64_t id = 1; id <= 20; ++id) {
    s.trap(id, SYS_fork, three.root());
    s.work();
  }

  REQUIRE(s.kernel->sent.size() == 20);
  for (const auto& each : s.kernel->sent)
    CHECK(each.flags == SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

TEST_CASE("a full family admits none, and forks without a limit all pass",
          "[lane][threat-33]") {
  const family three(3);
  stage full, unlimited;
  full.open_accounting(three.root(), 3);
  unlimited.open_accounting(three.root(), 0);
  for (auto* const each : {&full, &unlimited})
    for (std::uint64_t id = 1; id <= 6; ++id) {
      each->trap(id, id % 2 == 0 ? SYS_fork : SYS_clone, three.root());
      each->work();
    }

  // The first two were counted as the room there seemed to be at the start.
  REQUIRE(full.kernel->sent.size() == 6);
  for (std::size_t i = 2; i < 6; ++i)
    CHECK(full.kernel->sent[i].error == -EAGAIN);
  for (const auto& each : unlimited.kernel->sent)
    CHECK(each.flags == SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

TEST_CASE(
    "without an answer from /proc a limit refuses too much, not too little",
    "[lane][threat-3]") {
  stage s;
  s.open_accounting(0x7ffffff0, 3); // no such process
  for (std::uint64_t id = 1; id <= 5; ++id) {
    s.trap(id, SYS_fork, 0x7ffffff1);
    s.work();
  }

  REQUIRE(s.kernel->sent.size() == 5);
  for (std::size_t i = 0; i < 5; ++i)
    CHECK(s.kernel->sent[i].error == (i < 2 ? 0 : -EAGAIN));
}
