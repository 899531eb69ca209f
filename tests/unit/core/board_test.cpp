#include "core/base/scope_exit.hpp"
#include "core/status/board.hpp"
#include "core/status/board_view.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <random>
#include <thread>

using namespace cordon;
using namespace cordon::status;
using namespace std::chrono_literals;

namespace {

/// A directory of its own; removed at the end.
class own_directory {
public:
  own_directory() {
    char name[] = "/tmp/cordon-board-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path_ = name;
    fd_.reset(::open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  own_directory(const own_directory&) = delete;
  own_directory& operator=(const own_directory&) = delete;
  ~own_directory() {
    std::filesystem::remove_all(path_);
  }
  [[nodiscard]] int fd() const {
    return fd_.get();
  }
  [[nodiscard]] std::string operator/(const std::string& name) const {
    return path_ + "/" + name;
  }
  void put(const std::string& name, std::string_view bytes) const {
    const unique_fd file{::open((*this / name).c_str(),
                                O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                                0600)};
    REQUIRE(::write(file.get(), bytes.data(), bytes.size())
            == static_cast<ssize_t>(bytes.size()));
  }

private:
  std::string path_;
  unique_fd fd_;
};

const run_identity who{"mine", "/bin/sh -c true", 0x1234, 7};

board make(const own_directory& place) {
  auto made = board::create(place.fd(), "board", who);
  REQUIRE(made.has_value());
  return std::move(*made);
}

snapshot seen_in(const own_directory& place) {
  auto read = read_board(place.fd(), "board", ::geteuid());
  REQUIRE(read.has_value());
  return *read;
}

int error_of(const own_directory& place, uid_t owner = ::geteuid()) {
  const auto read = read_board(place.fd(), "board", owner);
  return read ? 0 : read.error().code;
}

answered_call call(std::string_view name, std::chrono::nanoseconds took) {
  return {2, name, answer_kind::value, false, false, took};
}

} // namespace

TEST_CASE("a board tells who runs what", "[board]") {
  const own_directory place;
  auto written = make(place);
  written.keeper_started(42);

  const auto seen = seen_in(place);

  CHECK(seen.who.name == "mine");
  CHECK(seen.who.command == "/bin/sh -c true");
  CHECK(seen.who.policy_digest == 0x1234);
  CHECK(seen.who.process_limit == 7);
  CHECK(seen.supervisor == ::getpid());
  CHECK(seen.uid == ::geteuid());
  CHECK(seen.start_time > 0);
  CHECK(seen.keeper == 42);
  CHECK(seen.operations.empty());
  CHECK(seen.denials.empty());
}

TEST_CASE("a board is its owner's alone, and is never made over another",
          "[board]") {
  const own_directory place;
  const auto old = ::umask(0);
  const auto written = make(place);
  ::umask(old);
  struct stat facts {};

  REQUIRE(::stat((place / "board").c_str(), &facts) == 0);
  CHECK((facts.st_mode & 07777) == 0600);
  CHECK(board::create(place.fd(), "board", who).error().code == EEXIST);
}

TEST_CASE("answers are counted by operation, kind and time", "[board]") {
  const own_directory place;
  auto written = make(place);

  for (int i = 0; i < 99; ++i)
    written.answered(call("chmod", 1500ns));
  written.answered(call("chmod", 3ms));
  written.answered({2, "chmod", answer_kind::error, true, true, 0ns});
  written.answered({1'000'000, "odd", answer_kind::pass, false, false, 1h});

  const auto seen = seen_in(place);
  REQUIRE(seen.operations.size() == 2);
  const auto& chmod = seen.operations[0];
  CHECK(chmod.name == "chmod");
  CHECK(chmod.calls == 101);
  CHECK(chmod.failed == 1);
  CHECK(chmod.refused == 1);
  CHECK(chmod.slowest == 3'000'000);
  CHECK(chmod.latency[10] == 99); // 1024…2047 ns
  CHECK(chmod.quantile(0.5) == 2048);
  CHECK(chmod.quantile(1) == 4'194'304);
  CHECK(seen.operations[1].name == "odd");
  CHECK(seen.operations[1].latency[layout::latencies - 1] == 1);
  CHECK(seen.answers[static_cast<std::size_t>(answer_kind::value)] == 100);
  CHECK(seen.answers[static_cast<std::size_t>(answer_kind::pass)] == 1);
}

TEST_CASE("the last denials are remembered, whole or cut", "[board]") {
  const own_directory place;
  auto written = make(place);
  const std::string path = "/x\x1b\xff/" + std::string(300, 'y');

  for (int i = 0; i < 50; ++i)
    written.denied({"chmod", 100 + i, EACCES, path, "a rule", "a remedy"});

  const auto seen = seen_in(place);
  CHECK(seen.denied == 50);
  REQUIRE(seen.denials.size() == layout::denials);
  CHECK(seen.denials.front().tid == 100 + 50 - layout::denials);
  const auto& last = seen.denials.back();
  CHECK(last.tid == 149);
  CHECK(last.operation == "chmod");
  CHECK(last.error == EACCES);
  CHECK(last.subject == path.substr(0, 256));
  CHECK(last.rule == "a rule");
  CHECK(last.remedy == "a remedy");
  CHECK(last.at > 0);
}

TEST_CASE("the peak is the highest count", "[board]") {
  const own_directory place;
  auto written = make(place);
  for (const std::uint32_t count : {3U, 9U, 4U})
    written.counted(count);

  CHECK(seen_in(place).processes == 4);
  CHECK(seen_in(place).peak == 9);
}

TEST_CASE("a board is gone on with where it was left", "[board]") {
  const own_directory place;
  auto first = make(place);
  first.answered(call("chmod", 1us));
  auto second = board::adopt(unique_fd{::dup(first.fd())});
  REQUIRE(second.has_value());
  second->answered(call("chmod", 1us));

  CHECK(seen_in(place).operations.at(0).calls == 2);
}

TEST_CASE("what is no board of ours is refused", "[board][hostile]") {
  const own_directory place;
  CHECK(error_of(place) == ENOENT);

  SECTION("another user's") {
    const auto written = make(place);
    CHECK(error_of(place, ::geteuid() + 1) == EPERM);
  }
  SECTION("too short, too long, empty") {
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, sizeof(layout::board) - 1,
          sizeof(layout::board) + 1}) {
      place.put("board", std::string(size, '\0'));
      CHECK(error_of(place) == EPROTO);
    }
  }
  SECTION("all zero") {
    place.put("board", std::string(sizeof(layout::board), '\0'));
    CHECK(error_of(place) == EPROTO);
  }
  SECTION("a link") {
    const auto written = make(place);
    REQUIRE(::rename((place / "board").c_str(), (place / "real").c_str()) == 0);
    REQUIRE(::symlink("real", (place / "board").c_str()) == 0);
    CHECK(error_of(place) == ELOOP);
  }
  SECTION("a FIFO, which must not make us wait") {
    REQUIRE(::mkfifo((place / "board").c_str(), 0600) == 0);
    CHECK(error_of(place) == EPROTO);
  }
  SECTION("a directory") {
    REQUIRE(::mkdir((place / "board").c_str(), 0700) == 0);
    CHECK(error_of(place) == EPROTO);
  }
  SECTION("another version or size") {
    for (const auto at :
         {offsetof(layout::identity, version), offsetof(layout::identity, size),
          offsetof(layout::identity, magic),
          offsetof(layout::identity, name_length),
          offsetof(layout::identity, command_length)}) {
      const auto written = make(place);
      const std::uint32_t odd = 0x7FFFFFFF;
      REQUIRE(::pwrite(written.fd(), &odd, sizeof odd, static_cast<off_t>(at))
              == sizeof odd);
      CHECK(error_of(place) == EPROTO);
      REQUIRE(::unlink((place / "board").c_str()) == 0);
    }
  }
}

TEST_CASE("whatever else a board holds, reading it ends and stays inside it",
          "[board][hostile]") {
  const own_directory place;
  const auto written = make(place);
  std::string bytes(sizeof(layout::board), '\0');
  REQUIRE(::pread(written.fd(), bytes.data(), bytes.size(), 0)
          == static_cast<ssize_t>(bytes.size()));
  std::mt19937 random{7};
  for (int round = 0; round < 50; ++round) {
    // All but the part that is checked; all ones in the first round.
    for (std::size_t i = sizeof(layout::identity); i < bytes.size(); ++i)
      bytes[i] = round == 0 ? '\xFF' : static_cast<char>(random());
    place.put("board", bytes);
    const auto seen = seen_in(place);
    CHECK(seen.denials.size() <= layout::denials);
    CHECK(seen.operations.size() <= layout::operations);
    for (const auto& each : seen.operations)
      CHECK(each.name.size() <= sizeof(layout::operation::name));
  }
}

TEST_CASE("a denial that was being written when its writer died is left out",
          "[board][hostile]") {
  const own_directory place;
  auto written = make(place);
  for (int i = 0; i < 3; ++i)
    written.denied({"chmod", i, EACCES, "/x", "r", "m"});
  const std::uint64_t odd = 3; // of the second: 2 * 1 + 1
  REQUIRE(::pwrite(written.fd(), &odd, sizeof odd,
                   static_cast<off_t>(offsetof(layout::board, denials)
                                      + sizeof(layout::slot)))
          == sizeof odd);

  const auto seen = seen_in(place);
  REQUIRE(seen.denials.size() == 2);
  CHECK(seen.denials[0].tid == 0);
  CHECK(seen.denials[1].tid == 2);
}

TEST_CASE("readers never see half a denial, nor a counter go back",
          "[board][threads]") {
  const own_directory place;
  auto written = make(place);
  std::atomic<bool> over = false;
  std::atomic<int> torn = 0;
  std::atomic<int> backwards = 0;
  const auto watch = [&] {
    std::uint64_t calls = 0;
    while (!over) {
      // The same memory, so that ThreadSanitizer sees both sides.
      const auto seen = read(written.memory());
      for (const auto& each : seen->denials) {
        const auto n = std::to_string(each.tid);
        torn += each.subject != n || each.rule != n || each.remedy != n
                || each.error != each.tid;
      }
      const auto now = seen->operations.empty() ? 0 : seen->operations[0].calls;
      backwards += now < calls;
      calls = now;
    }
  };
  std::array<std::thread, 2> readers{std::thread{watch}, std::thread{watch}};
  for (int i = 1; i <= 20'000; ++i) {
    const auto n = std::to_string(i);
    written.denied({"chmod", i, i, n, n, n});
    written.answered(call("chmod", 1us));
  }
  over = true;
  for (auto& reader : readers)
    reader.join();

  CHECK(torn == 0);
  CHECK(backwards == 0);
  CHECK(seen_in(place).denied == 20'000);
}
