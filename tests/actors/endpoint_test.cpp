// ENDPOINT by itself: what it does while no fd is free.
#include "actors/endpoint.hpp"
#include "core/status/control.hpp"
#include "tests/support/actor_service.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <atomic>
#include <ctime>
#include <filesystem>
#include <functional>
#include <optional>
#include <thread>

using namespace cordon;
using namespace cordon::actors;
using namespace std::chrono_literals;

namespace {

struct folder {
  std::string path = "/tmp/cordon-endpoint-XXXXXX";
  folder() {
    REQUIRE(::mkdtemp(path.data()) != nullptr);
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  ~folder() {
    std::filesystem::remove_all(path);
  }
};

unique_fd listening_at(const std::string& path) {
  unique_fd made{
      ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(path.size() < sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  REQUIRE(::bind(made.get(), reinterpret_cast<const sockaddr*>(&address),
                 sizeof address)
          == 0);
  REQUIRE(::listen(made.get(), 4) == 0);
  return made;
}

/// No new fd can be had while this lives.
class no_fds {
public:
  no_fds() {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const unique_fd next{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    rlimit tight = before_;
    tight.rlim_cur = static_cast<rlim_t>(next.get());
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &tight) == 0);
  }
  no_fds(const no_fds&) = delete;
  no_fds& operator=(const no_fds&) = delete;
  ~no_fds() {
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }

private:
  rlimit before_{};
};

/// Answers whoever asks.
control_actor::behavior_type serve(control_actor::pointer) {
  return {[](const visit& who) { status::send_reply(who.client->get(), 0); }};
}

/// The time this thread has worked.
std::chrono::nanoseconds worked() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds{now.tv_sec}
         + std::chrono::nanoseconds{now.tv_nsec};
}

} // namespace

TEST_CASE("a client that no fd is free for waits, and the lane rests",
          "[control]") {
  const folder place;
  const unique_fd directory{
      ::open(place.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  const auto listening = listening_at(place.path + "/control");
  test::actor_service s;
  const auto home = std::make_shared<lane>(s.system);
  const endpoint way_in{home, listening.get(), s.system.spawn(serve)};
  std::atomic<bool> heard = false;
  bool ok = false;
  std::thread client{[&] {
    ok = status::ask(directory.get(), status::control::what::ping).has_value();
    heard = true;
  }};
  pollfd waiting{listening.get(), POLLIN, 0};
  REQUIRE(::poll(&waiting, 1, 10'000) == 1);

  std::optional<no_fds> none{std::in_place};
  const auto before = worked();
  std::chrono::nanoseconds spent{};
  bool early = true;
  const std::function<void()> until_heard
      = [&] { heard ? home->stop() : home->after(10ms, until_heard); };
  home->after(350ms, [&] {
    spent = worked() - before;
    early = heard;
    none.reset();
    until_heard();
  });
  REQUIRE(home->run() == 0);
  client.join();

  CHECK_FALSE(early);
  CHECK(ok);
  // A few looks, not 350 ms of them.
  CHECK(spent < 200ms);
}
