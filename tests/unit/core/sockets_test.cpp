#include "core/notify/pointed.hpp"
#include "core/sockets/address.hpp"

#include <catch2/catch.hpp>

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

using namespace cordon;
using sockets::parse_address;
using kind = sockets::address::kind;
using syscall::role;

namespace {

std::string local(std::string name) {
  const sa_family_t family = AF_UNIX;
  std::string bytes(reinterpret_cast<const char*>(&family), sizeof family);
  return bytes + name;
}

/// What reading argument 1 of a call of ours gives.
notify::request read(role what, std::uint64_t before, std::uint64_t address,
                     std::uint64_t after = 0) {
  notify::request made;
  made.args = {before, address, after};
  notify::read_pointed(notify::target_memory{::gettid()}, what, 1, made);
  return made;
}

std::uint64_t at(const void* what) {
  return reinterpret_cast<std::uint64_t>(what);
}

} // namespace

TEST_CASE("names of sockets end with a NUL or with the address",
          "[sockets][decode]") {
  using namespace std::string_literals;
  CHECK(parse_address(local("/a/b")).path == "/a/b");
  CHECK(parse_address(local("/a/b\0"s)).path == "/a/b");
  CHECK(parse_address(local("/a\0/b"s)).path == "/a");
  CHECK(parse_address(local("a")).what == kind::path);
  CHECK(parse_address(local(std::string(108, 'x'))).path.size() == 108);
}

TEST_CASE("addresses that lead nowhere are no paths", "[sockets][decode]") {
  using namespace std::string_literals;
  CHECK(parse_address("").what == kind::unsound);
  CHECK(parse_address("\1").what == kind::unsound);
  CHECK(parse_address(local("")).what == kind::unsound);
  CHECK(parse_address(local(std::string(109, 'x'))).what == kind::unsound);
  CHECK(parse_address(local("\0"s)).what == kind::abstract);
  CHECK(parse_address(local("\0/etc"s)).what == kind::abstract);
}

TEST_CASE("other families are told apart, with their ports",
          "[sockets][decode]") {
  using namespace std::string_literals;
  const auto v4 = parse_address("\2\0\1\xBB\x7F\0\0\1\0\0\0\0\0\0\0\0"s);
  CHECK(v4.what == kind::internet);
  CHECK(v4.port == 443);
  CHECK(parse_address("\12\0\0\x50"s + std::string(24, '\0')).port == 80);
  CHECK(parse_address("\2\0\1"s).port == 0);
  CHECK(parse_address("\0\0"s).what == kind::unspecified);
  CHECK(parse_address("\20\0"s).what == kind::other);
}

TEST_CASE("an address of an fd is one that the kernel takes", "[sockets]") {
  const auto bytes = sockets::address_of_fd(17);
  CHECK(bytes.size() <= sizeof(sockaddr_un));
  CHECK(parse_address(bytes).path == "/proc/self/fd/17");
}

TEST_CASE("structures are read as long as registers say", "[decode]") {
  char bytes[256];
  std::memset(bytes, 'x', sizeof bytes);
  CHECK(read(role::address, 0, at(bytes), 16).value.size() == 16);
  CHECK(read(role::address, 0, at(bytes), 128).value.size() == 128);
  // Too long, or negative: the kernel refuses it for that.
  for (const auto length : {129ULL, 0xFFFFFFFFULL}) {
    const auto asked = read(role::address, 0, at(bytes), length);
    CHECK(asked.value.empty());
    CHECK_FALSE(asked.unreadable);
  }
  CHECK(read(role::rlimit, 0, at(bytes)).value.size() == 16);
  CHECK(read(role::sched_param, 0, at(bytes)).value.size() == 4);
  CHECK(read(role::inode_flags, 0x40086602, at(bytes)).value.size() == 4);
  CHECK(read(role::inode_flags, 0x401C5820, at(bytes)).value.size() == 28);
  CHECK(read(role::cpu_mask, 1, at(bytes)).value.size() == 1);
  CHECK(read(role::cpu_mask, 1'000'000, at(bytes)).value.size() < 9000);
  CHECK(read(role::owner, 15, at(bytes)).value.size() == 8);
  CHECK(read(role::owner, 8, at(bytes)).value.empty());
}

TEST_CASE("memory that is not there is passed on as such", "[decode]") {
  for (const auto what : {role::rlimit, role::sched_param, role::sched_attr,
                          role::inode_flags, role::siginfo}) {
    CHECK(read(what, 0, 8).unreadable);
    CHECK(read(what, 0, 8).value.empty());
    // NULL has a meaning of its own for each.
    CHECK_FALSE(read(what, 0, 0).unreadable);
  }
  CHECK(read(role::address, 0, 0, 16).unreadable);
  CHECK_FALSE(read(role::address, 0, 0, 0).unreadable);
}

TEST_CASE("a structure that says its size is read by it, and no further",
          "[decode]") {
  // The page after it is not there.
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  auto* const two
      = static_cast<char*>(::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  REQUIRE(two != MAP_FAILED);
  REQUIRE(::munmap(two + page, page) == 0);
  const auto sized = [&](std::uint32_t size) {
    auto* const end = two + page - 48;
    std::memcpy(end, &size, sizeof size);
    return read(role::sched_attr, 0, at(end));
  };
  CHECK(sized(48).value.size() == 48);
  CHECK(sized(0).value.size() == 48); // the first version
  CHECK(sized(56).unreadable);
  // Refused for their size: what follows does not matter.
  CHECK(sized(47).value.size() == 48);
  CHECK(sized(5000).value.size() == 48);
  std::uint32_t kept = 0;
  std::memcpy(&kept, sized(5000).value.data(), sizeof kept);
  CHECK(kept == 5000);
  ::munmap(two, page);
}
