#include "core/syscall/table.hpp"

#include <catch2/catch.hpp>

#include <cerrno>
#include <set>

using namespace cordon::syscall;

TEST_CASE("every number up to the last is listed or known to be unused",
          "[table]") {
  for (int number = 0; number <= last_number; ++number) {
    const bool unused = number >= 337 && number <= 423;
    INFO(number);
    CHECK((find(arch::x86_64, number) == nullptr) == unused);
  }
}

TEST_CASE("names and numbers are unique", "[table]") {
  std::set<std::string_view> names;
  std::set<int> numbers[2];
  for (const auto& row : rows()) {
    CHECK(names.insert(row.name).second);
    for (const auto a : {arch::x86_64, arch::aarch64})
      if (row.number_on(a) != absent)
        CHECK(numbers[static_cast<int>(a)].insert(row.number_on(a)).second);
  }
}

TEST_CASE("what is refused says with which errno", "[table]") {
  for (const auto& row : rows()) {
    INFO(row.name);
    const bool refuses
        = row.what == treatment::deny || row.what == treatment::group
          || row.what == treatment::check || row.what == treatment::policy;
    CHECK((row.error > 0) == refuses);
    CHECK((row.member_of != group::none) == (row.what == treatment::group));
  }
}

TEST_CASE("calls that can bypass a filter are refused", "[table]") {
  for (const char* name :
       {"io_uring_setup", "io_uring_enter", "io_uring_register", "clone3",
        "keyctl", "add_key", "request_key", "userfaultfd"}) {
    INFO(name);
    CHECK(find(name)->what == treatment::deny);
    CHECK(find(name)->error == ENOSYS);
  }
}

TEST_CASE("groups are found by name", "[table]") {
  CHECK(find_group("metadata") == group::metadata);
  CHECK(find_group("sysv_ipc") == group::sysv_ipc);
  CHECK(find_group("unix_datagram") == group::unix_datagram);
  CHECK(find_group("none") == group::none);
  CHECK(find_group("") == group::none);
}
