#include "core/syscall/argument_rules.hpp"
#include "core/syscall/describe.hpp"
#include "core/syscall/table.hpp"

#include <catch2/catch.hpp>

#include <cerrno>

using namespace cordon::syscall;

namespace {

outcome answer(const char* name, std::array<std::uint64_t, 6> args) {
  return evaluate(*find_rules(name), args);
}

} // namespace

TEST_CASE("exactly the checked calls have rules", "[rules]") {
  for (const auto& row : rows()) {
    INFO(row.name);
    CHECK((row.what == treatment::check) == (find_rules(row.name) != nullptr));
  }
  for (const auto& rules : constant_rules())
    CHECK(find(rules.syscall) != nullptr);
}

TEST_CASE("only AF_UNIX and TCP streams can be made", "[rules][socket]") {
  CHECK(answer("socket", {1, 1, 0}) == 0);
  CHECK(answer("socket", {1, 5 | 0x80000, 0}) == 0);
  CHECK(answer("socket", {2, 1 | 0x800, 6}) == 0);
  CHECK(answer("socket", {10, 1, 0}) == 0);
  CHECK(answer("socket", {1, 2, 0}) == 0); // policies keep it out
  CHECK(answer("socket", {1, 3, 0}) == EPERM);
  CHECK(answer("socket", {2, 2, 17}) == EPERM);
  CHECK(answer("socket", {2, 3, 1}) == EPERM);
  CHECK(answer("socket", {2, 1, 262}) == EPROTONOSUPPORT);
  CHECK(answer("socket", {10, 1, 132}) == EPROTONOSUPPORT);
  for (std::uint64_t family = 0; family < 64; ++family)
    if (family != 1 && family != 2 && family != 10)
      CHECK(answer("socket", {family, 1, 0}) == EAFNOSUPPORT);
}

TEST_CASE("pairs are AF_UNIX, and packets, not raw", "[rules][socket]") {
  CHECK(answer("socketpair", {1, 1, 0}) == 0);
  CHECK(answer("socketpair", {1, 2, 0}) == 0); // policies keep it out
  CHECK(answer("socketpair", {1, 3, 0}) == EPERM);
  CHECK(answer("socketpair", {2, 1, 0}) == EOPNOTSUPP);
}

TEST_CASE("a policy that opens no datagrams has neither sockets nor addresses",
          "[rules][socket]") {
  const auto closed = [](const char* name, std::array<std::uint64_t, 6> args) {
    return evaluate(*find_datagram_rules(name), args);
  };
  CHECK(closed("socket", {1, 2, 0}) == EPERM);
  CHECK(closed("socket", {1, 2 | 0x80800, 0}) == EPERM);
  CHECK(closed("socket", {1 | 1ULL << 40, 2, 0}) == EPERM);
  CHECK(closed("socket", {1, 1, 0}) == 0);
  CHECK(closed("socketpair", {1, 2, 0}) == EPERM);
  CHECK(closed("socketpair", {1, 1, 0}) == 0);
  CHECK(closed("sendto", {3, 0, 1, 0, 0, 0}) == 0);
  CHECK(closed("sendto", {3, 0, 1, 0, 0x1000, 16}) == EACCES);
  CHECK(closed("sendto", {3, 0, 1, 0, 1ULL << 40, 16}) == EACCES);
  for (const auto& rules : datagram_rules())
    CHECK(find(rules.syscall) != nullptr);
}

TEST_CASE("messages open no connection", "[rules][socket]") {
  CHECK(answer("sendto", {3, 0, 1, 0x4000, 0, 0}) == 0);
  CHECK(answer("sendto", {3, 0, 1, 0x20000000, 0, 0}) == EOPNOTSUPP);
  CHECK(answer("sendmsg", {3, 0, 0x20004000}) == EOPNOTSUPP);
  CHECK(answer("sendmmsg", {3, 0, 1, 0x20000000}) == EOPNOTSUPP);
}

TEST_CASE("no new namespaces, but threads and processes", "[rules]") {
  CHECK(answer("clone", {0x3D0F00}) == 0);
  for (const std::uint64_t flag :
       {0x20000ULL, 0x2000000ULL, 0x4000000ULL, 0x8000000ULL, 0x10000000ULL,
        0x20000000ULL, 0x40000000ULL}) {
    CHECK(answer("clone", {flag | 17}) == EPERM);
    CHECK(answer("unshare", {flag}) == EPERM);
  }
  CHECK(answer("unshare", {0x80}) == EPERM);
  CHECK(answer("unshare", {0x600}) == 0);
}

TEST_CASE("memory of the caller only is moved", "[rules]") {
  for (const char* name : {"migrate_pages", "move_pages"}) {
    CHECK(answer(name, {0}) == 0);
    CHECK(answer(name, {1}) == EPERM);
  }
}

TEST_CASE("what changes others waits for a supervisor, what changes the caller "
          "does not",
          "[rules]") {
  const auto both = [](const char* name, std::array<std::uint64_t, 6> args) {
    const auto& rules = *find_answerable(name);
    const auto alone = evaluate(rules, args);
    const auto supervised = evaluate(trapping(rules), args);
    // The supervisor is asked where, and only where, it is refused without.
    CHECK(supervised == (alone == 0 ? 0 : trap));
    return alone;
  };
  CHECK(both("prlimit64", {0, 7, 1, 0}) == 0);
  CHECK(both("prlimit64", {1ULL << 40, 7, 1, 0}) == 0); // an int
  CHECK(both("prlimit64", {1, 7, 1, 0}) == EPERM);
  CHECK(both("prlimit64", {1, 7, 1ULL << 40, 0}) == EPERM); // a pointer
  CHECK(both("prlimit64", {1, 7, 0, 1}) == 0); // reading changes nothing
  CHECK(both("setpriority", {0, 0, 5}) == 0);
  CHECK(both("setpriority", {0, 1, 5}) == EPERM);
  CHECK(both("setpriority", {2, 0, 5}) == EPERM);
  CHECK(both("ioprio_set", {1, 0}) == 0);
  CHECK(both("ioprio_set", {3, 0}) == EPERM);
  for (const char* name : {"sched_setaffinity", "sched_setscheduler",
                           "sched_setparam", "sched_setattr"}) {
    CHECK(both(name, {0}) == 0);
    CHECK(both(name, {1}) == EPERM);
  }
  CHECK(both("ioctl", {0, 0x40086602}) == EPERM);
  CHECK(both("ioctl", {0, 0x40086602 | 1ULL << 40}) == EPERM);
  CHECK(both("ioctl", {0, 0x401C5820}) == EPERM);
  CHECK(both("ioctl", {0, 0x80086601}) == 0); // reading
  for (const auto& rules : answerable_rules())
    CHECK(find(rules.syscall) != nullptr);
}

TEST_CASE("terminals take no injected input", "[rules][ioctl]") {
  for (const std::uint64_t command : {0x5412U, 0x541CU, 0x541DU, 0x5423U})
    CHECK(answer("ioctl", {0, command}) == EPERM);
  for (const std::uint64_t command : {0x5401U, 0x5413U, 0x540FU, 0x541BU})
    CHECK(answer("ioctl", {0, command}) == 0);
}

TEST_CASE("rules can be read by people", "[rules][describe]") {
  CHECK(describe(*find_rules("sendmsg"))
        == "arg2 has any of 0x20000000: EOPNOTSUPP; otherwise: allow");
  CHECK(describe(*find_answerable("prlimit64"))
        == "arg0 = 0: allow; arg2 is not null: EPERM; otherwise: allow");
}
