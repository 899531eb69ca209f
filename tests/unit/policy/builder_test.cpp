#include "policy/profile_builder.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace cordon::policy;

TEST_CASE("nothing is granted unless it is said", "[builder]") {
  const auto made = profile_builder{}.try_build();

  REQUIRE(made.has_value());
  CHECK((*made)->grants.empty());
  CHECK((*made)->connect_ports.empty());
  CHECK((*made)->bind_ports.empty());
  CHECK((*made)->extra_allow.empty());
}

TEST_CASE("lists append and scalars override", "[builder]") {
  const auto made = profile_builder{}
                        .read("/a")
                        .read("/b")
                        .max_open_files(5)
                        .max_open_files(7)
                        .try_build();

  REQUIRE(made.has_value());
  CHECK((*made)->grants.size() == 2);
  CHECK((*made)->max_open_files->value == 7);
}

TEST_CASE("the first rejected input is the one that is reported", "[builder]") {
  const auto made
      = profile_builder{}.read("", "--fs-read").max_open_files(0).try_build();

  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().where == "--fs-read");
}

TEST_CASE("paths and variables hold no NUL byte", "[builder]") {
  const std::string nul("a\0b", 3);
  CHECK_FALSE(profile_builder{}.read(nul).try_build().has_value());
  CHECK_FALSE(profile_builder{}.env("A", nul).try_build().has_value());
  CHECK_FALSE(profile_builder{}.env("", "x").try_build().has_value());
  CHECK_FALSE(profile_builder{}.env("A=B", "x").try_build().has_value());
  CHECK_FALSE(profile_builder{}.args({nul}).try_build().has_value());
}

TEST_CASE("a denied group stands for its members", "[builder]") {
  const auto made = profile_builder{}.deny_syscall("sysv_ipc").try_build();

  REQUIRE(made.has_value());
  const auto& denied = (*made)->extra_deny;
  CHECK(
      std::ranges::any_of(denied, [](auto& d) { return d.value == "shmget"; }));
  CHECK(denied.size() == 12);
}

TEST_CASE("single calls cannot be opened", "[builder]") {
  const auto made = profile_builder{}
                        .allow_group("chmod", "--extra-allow-syscall")
                        .try_build();

  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().line().find("metadata, sysv_ipc, unix_datagram")
        != std::string::npos);
}

TEST_CASE("unknown calls are rejected", "[builder]") {
  CHECK_FALSE(profile_builder{}.deny_syscall("bogus").try_build().has_value());
}

TEST_CASE("a group cannot be opened and denied, nor one of its members",
          "[builder]") {
  CHECK_FALSE(profile_builder{}
                  .allow_group("sysv_ipc")
                  .deny_syscall("sysv_ipc")
                  .try_build()
                  .has_value());
  CHECK_FALSE(profile_builder{}
                  .deny_syscall("shmget")
                  .allow_group("sysv_ipc")
                  .try_build()
                  .has_value());
  CHECK(profile_builder{}
            .deny_syscall("shmget")
            .allow_group("metadata")
            .try_build()
            .has_value());
}

TEST_CASE("the last word on a protection counts", "[builder]") {
  const auto made = profile_builder{}
                        .disable(protection::net_tcp)
                        .allow_degraded(protection::net_tcp)
                        .try_build();

  REQUIRE(made.has_value());
  CHECK((*made)->insists_on(protection::net_tcp) == insistence::degradable);
}

TEST_CASE("fs-refer cannot be disabled", "[builder]") {
  const auto made = profile_builder{}.disable(protection::fs_refer).try_build();

  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().what.find("fs-refer") != std::string::npos);
}
