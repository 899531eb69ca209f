#include "core/status/control.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

using namespace cordon;
using namespace cordon::status;

namespace {

/// A run's directory with an endpoint whose one client is answered by `serve`.
class endpoint {
public:
  template <class Serve>
  explicit endpoint(Serve serve) {
    char name[] = "/tmp/cordon-control-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path_ = name;
    directory_.reset(::open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    listening_.reset(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::snprintf(address.sun_path, sizeof address.sun_path, "%s/control",
                  name);
    REQUIRE(::bind(listening_.get(),
                   reinterpret_cast<const sockaddr*>(&address), sizeof address)
            == 0);
    REQUIRE(::listen(listening_.get(), 4) == 0);
    server_ = std::thread{[this, serve] {
      pollfd next{listening_.get(), POLLIN, 0};
      ::poll(&next, 1, -1);
      const auto accepted = accept_client(listening_.get());
      const auto& client = *accepted;
      pollfd one{client.get(), POLLIN, 0};
      ::poll(&one, 1, -1);
      serve(client.get(), **read_request(client.get()));
    }};
  }
  endpoint(const endpoint&) = delete;
  endpoint& operator=(const endpoint&) = delete;
  ~endpoint() {
    server_.join();
    std::filesystem::remove_all(path_);
  }
  [[nodiscard]] int directory() const {
    return directory_.get();
  }

private:
  std::string path_;
  unique_fd directory_;
  unique_fd listening_;
  std::thread server_;
};

} // namespace

TEST_CASE("a request arrives, and a text comes back whole", "[control]") {
  std::optional<control::request> seen;
  const std::string text(300'000, 'x'); // longer than a packet could be
  endpoint door{[&](int client, const control::request& asked) {
    seen = asked;
    send_reply(client, 0, text);
  }};

  const auto said = ask(door.directory(), control::what::signal, 15);

  REQUIRE(said.has_value());
  CHECK(*said == text);
  CHECK(seen->what == static_cast<std::uint32_t>(control::what::signal));
  CHECK(seen->argument == 15);
}

TEST_CASE("an error comes back as one", "[control]") {
  endpoint door{
      [](int client, const control::request&) { send_reply(client, ESRCH); }};

  CHECK(ask(door.directory(), control::what::ping).error().code == ESRCH);
}

TEST_CASE("a supervisor that hangs up is an error", "[control]") {
  endpoint door{[](int, const control::request&) {}};

  CHECK(ask(door.directory(), control::what::ping).error().code == ECONNRESET);
}

TEST_CASE("replies of another make are refused", "[control][hostile]") {
  const auto answered_with = [](const control::reply& said, std::size_t size) {
    endpoint door{[=](int client, const control::request&) {
      static_cast<void>(::send(client, &said, size, 0));
    }};
    const auto heard = ask(door.directory(), control::what::policy_text);
    return heard ? 0 : heard.error().code;
  };
  CHECK(answered_with({99, 0, 0}, sizeof(control::reply)) == EPROTO);
  CHECK(answered_with({control::version, 0, 0}, 3) == EPROTO);
  // A text that does not come, and one that is too long to be taken.
  CHECK(answered_with({control::version, 0, 10}, sizeof(control::reply))
        == EPROTO);
  CHECK(answered_with({control::version, 0, ~0ULL}, sizeof(control::reply))
        == EPROTO);
}

TEST_CASE("requests of another make are refused", "[control][hostile]") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends) == 0);
  const unique_fd server{ends[0]};
  unique_fd client{ends[1]};
  CHECK_FALSE(read_request(server.get())->has_value());
  const auto code_for = [&](const void* bytes, std::size_t size) {
    REQUIRE(::send(client.get(), bytes, size, 0) == static_cast<ssize_t>(size));
    const auto read = read_request(server.get());
    return read ? 0 : read.error().code;
  };
  const control::request good{control::version, 1, 0, 0};
  CHECK(code_for(&good, sizeof good) == 0);
  CHECK(code_for(&good, sizeof good - 1) == EPROTO);
  const control::request old{99, 1, 0, 0};
  CHECK(code_for(&old, sizeof old) == EPROTO);
  const control::request odd{control::version, 1, 0, 5};
  CHECK(code_for(&odd, sizeof odd) == EPROTO);
  const std::string much(5000, 'x');
  CHECK(code_for(much.data(), much.size()) == EPROTO);
  client.reset();
  CHECK(read_request(server.get()).error().code == ECONNRESET);
}

TEST_CASE("the owner and root may control a run, nobody else", "[control]") {
  CHECK(may_control(1000, 1000));
  CHECK(may_control(0, 1000));
  CHECK_FALSE(may_control(1001, 1000));
  CHECK_FALSE(may_control(1000, 0));
  CHECK_FALSE(may_control(static_cast<uid_t>(-1), 0));
}
