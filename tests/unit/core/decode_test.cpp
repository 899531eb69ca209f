// Decoding the calls of a thread whose memory is the test's own.
#include "core/notify/decode.hpp"
#include "core/syscall/table.hpp"

#include <catch2/catch.hpp>

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

using namespace cordon;
using notify::decode;

namespace {

constexpr std::size_t page = 4096;

/// Two pages; the second can be taken away.
struct two_pages {
  char* first
      = static_cast<char*>(::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  two_pages() = default;
  two_pages(const two_pages&) = delete;
  two_pages& operator=(const two_pages&) = delete;
  ~two_pages() {
    ::munmap(first, 2 * page);
  }
  char* fence() const {
    ::mprotect(first + page, page, PROT_NONE);
    return first + page;
  }
};

std::uint64_t address(const void* of) {
  return reinterpret_cast<std::uintptr_t>(of);
}

/// A call of this very thread.
seccomp_notif call(std::initializer_list<std::uint64_t> arguments) {
  seccomp_notif raw{};
  raw.id = 1;
  raw.pid = static_cast<std::uint32_t>(::gettid());
  std::copy(arguments.begin(), arguments.end(), std::begin(raw.data.args));
  return raw;
}

int error_of(const char* name, std::initializer_list<std::uint64_t> arguments) {
  const auto made = decode(*syscall::find_trap(name), call(arguments));
  return made ? 0 : made.error().code;
}

} // namespace

TEST_CASE("a path is read up to its NUL and not a byte further", "[decode]") {
  const two_pages pages;
  char* const at = pages.fence() - 6;
  std::memcpy(at, "/a\xff\n ", 6);

  const auto made
      = decode(*syscall::find_trap("chmod"), call({address(at), 0107600}));

  REQUIRE(made.has_value());
  CHECK(made->where.path == "/a\xff\n ");
  CHECK(made->mode == 07600);
  CHECK(made->where.follow);
}

TEST_CASE("a path that does not end before the memory does is EFAULT",
          "[decode][threat-3]") {
  const two_pages pages;
  std::memset(pages.first, 'x', page);
  const char* const fence = pages.fence();

  CHECK(error_of("chmod", {address(fence - 3), 0}) == EFAULT);
  CHECK(error_of("chmod", {address(fence), 0}) == EFAULT);
  CHECK(error_of("chmod", {address(fence - page), 0}) == ENAMETOOLONG);
  for (const std::uint64_t nowhere :
       {0ULL, 1ULL, 0x7fffffffffffULL, 0xffffffff80000000ULL, ~0ULL})
    CHECK(error_of("chmod", {nowhere, 0}) == EFAULT);
}

TEST_CASE("the longest path has 4095 bytes", "[decode]") {
  std::string path(4095, 'x');
  CHECK(error_of("chmod", {address(path.c_str()), 0}) == 0);
  path += 'x';
  CHECK(error_of("chmod", {address(path.c_str()), 0}) == ENAMETOOLONG);
}

TEST_CASE("structures, flags, names and values are checked before the path",
          "[decode]") {
  const two_pages pages;
  const auto bad = address(pages.fence());
  const std::string file = "/file", name = "user.x", long_name(256, 'n'), none;
  const auto path = address(file.c_str());
  const timespec times[2] = {};

  CHECK(error_of("utimensat", {0, bad, bad, 0x4000}) == EFAULT);
  CHECK(error_of("utimensat", {0, bad, address(times), 0x4000}) == EINVAL);
  CHECK(error_of("fchmodat2", {0, bad, 0, 0x400}) == EINVAL);
  CHECK(error_of("setxattr", {bad, address(name.c_str()), bad, 4, 4})
        == EINVAL);
  CHECK(error_of("setxattr", {bad, address(long_name.c_str()), bad, 4, 0})
        == ERANGE);
  CHECK(error_of("setxattr", {bad, address(none.c_str()), bad, 4, 0})
        == ERANGE);
  CHECK(error_of("setxattr", {bad, address(name.c_str()), bad, 65537, 0})
        == E2BIG);
  CHECK(error_of("setxattr", {path, address(name.c_str()), bad, 4, 0})
        == EFAULT);
  CHECK(error_of("setxattr", {path, address(name.c_str()), bad, 0, 0}) == 0);
}

TEST_CASE("no size that a caller gives is believed", "[decode][threat-25]") {
  const std::string file = "/file", name = "user.x";
  for (const std::uint64_t size :
       {std::uint64_t{65537}, std::uint64_t{1} << 31, std::uint64_t{1} << 32,
        std::uint64_t{1} << 63, ~std::uint64_t{0}})
    CHECK(error_of("setxattr", {address(file.c_str()), address(name.c_str()),
                                address(file.c_str()), size, 0})
          == E2BIG);
}

TEST_CASE("a thread that has gone is not read", "[decode][threat-4]") {
  const std::string path = "/file";
  auto raw = call({address(path.c_str()), 0});
  raw.pid = 0x7ffffff0; // above every pid_max

  const auto made = decode(*syscall::find_trap("chmod"), raw);

  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().code == ESRCH);
}
