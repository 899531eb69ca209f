// Messages that the supervisor sends: here the program is this one.
#include "core/sockets/sending.hpp"
#include "tests/support/fake_kernel.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

using namespace cordon;

namespace {

/// No address leads anywhere.
class no_files final : public sockets::files {
public:
  [[nodiscard]] sockets::or_refusal<sockets::socket_file>
  find(const notify::request&, std::string) const override {
    return tl::make_unexpected(sockets::refusal{ENOENT, {}});
  }
};

struct ends {
  ends() {
    int fds[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds) == 0);
    ours.reset(fds[0]);
    theirs.reset(fds[1]);
  }
  void fill() const {
    while (::send(ours.get(), "x", 1, MSG_DONTWAIT) == 1) {
    }
  }
  void drain() const {
    char byte = 0;
    while (::recv(theirs.get(), &byte, 1, MSG_DONTWAIT) >= 0) {
    }
  }
  unique_fd ours, theirs;
};

/// A caller that ends when something has arrived.
class ending_kernel final : public test::fake_kernel {
public:
  explicit ending_kernel(int receiver)
      : receiver_(receiver) {
  }
  bool valid(std::uint64_t) override {
    pollfd one{receiver_, POLLIN, 0};
    return ::poll(&one, 1, 0) == 0;
  }

private:
  int receiver_;
};

/// One byte, and fds.
struct message {
  explicit message(std::size_t fds) {
    part = {&byte, 1};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (fds == 0)
      return;
    header.msg_control = room;
    header.msg_controllen = CMSG_SPACE(fds * sizeof(int));
    auto* const rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(fds * sizeof(int));
    const int each = file.get();
    for (std::size_t i = 0; i < fds; ++i)
      std::memcpy(CMSG_DATA(rights) + i * sizeof each, &each, sizeof each);
  }
  message(const message&) = delete;
  message& operator=(const message&) = delete;

  unique_fd file{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  char byte = 'm';
  iovec part{};
  msghdr header{};
  alignas(cmsghdr) char room[CMSG_SPACE(253 * sizeof(int))] = {};
};

notify::request call(long number, int socket, const void* what,
                     std::uint64_t count = 0) {
  notify::request made;
  made.number = static_cast<int>(number);
  made.tid = ::gettid();
  made.args = {static_cast<std::uint64_t>(socket),
               reinterpret_cast<std::uint64_t>(what),
               count,
               0,
               0,
               0};
  return made;
}

struct office {
  explicit office(std::shared_ptr<notify::calls> kernel)
      : post(std::move(kernel), {}, files, callers) {
  }
  no_files files;
  notify::caller_fds callers;
  sockets::post_office post;
};

class fewer_fds {
public:
  explicit fewer_fds(rlim_t soft) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit wanted{std::min(soft, before_.rlim_max), before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &wanted);
  }
  fewer_fds(const fewer_fds&) = delete;
  fewer_fds& operator=(const fewer_fds&) = delete;
  ~fewer_fds() {
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }

private:
  rlimit before_{};
};

} // namespace

TEST_CASE("nothing is written to a caller that ended while it sent",
          "[sockets][datagrams]") {
  const ends pair;
  office in(std::make_shared<ending_kernel>(pair.theirs.get()));
  const message what(0);
  mmsghdr many[2] = {{what.header, 77}, {what.header, 77}};

  const auto begun
      = in.post.begin(call(SYS_sendmmsg, pair.ours.get(), many, 2));
  REQUIRE(begun);
  CHECK((*begun)->go_on() == sockets::sending::state::over);

  char byte = 0;
  CHECK(::recv(pair.theirs.get(), &byte, 1, MSG_DONTWAIT) == 1);
  CHECK(::recv(pair.theirs.get(), &byte, 1, MSG_DONTWAIT) == -1);
  CHECK(many[0].msg_len == 77);
}

TEST_CASE("messages that wait hold no more fds than their share",
          "[sockets][datagrams]") {
  using state = sockets::sending::state;
  const fewer_fds limit(1024);
  const ends pair;
  pair.fill();
  office in(std::make_shared<test::fake_kernel>());
  const message full(253), small(1), plain(0);
  const auto send = [&](const message& what) {
    auto begun
        = in.post.begin(call(SYS_sendmsg, pair.ours.get(), &what.header));
    REQUIRE(begun);
    return *begun;
  };

  const auto first = send(full), second = send(small), third = send(plain);
  CHECK(first->go_on() == state::waits);
  CHECK(second->go_on() == state::over);
  CHECK(second->failure().error == ETOOMANYREFS);
  CHECK(third->go_on() == state::waits); // it has none
  first->delivered(EINTR);
  const auto fourth = send(small);
  CHECK(fourth->go_on() == state::waits);
  pair.drain();
  fourth->delivered(fourth->deliver());
  CHECK(fourth->count() == 1);
  // What need not wait has them for a moment only.
  const auto fifth = send(full);
  CHECK(fifth->go_on() == state::over);
  CHECK(fifth->failure().error == 0);
}
