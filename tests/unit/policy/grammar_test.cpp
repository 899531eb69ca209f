#include "policy/grammar.hpp"

#include <catch2/catch.hpp>

using namespace cordon::policy;
using ports = std::vector<std::uint16_t>;

TEST_CASE("connect ports are lists after a colon", "[grammar]") {
  CHECK(*parse_connect_ports(":443", "x") == ports{443});
  CHECK(*parse_connect_ports(":443,80,:80", "x") == ports{80, 443});
  for (const char* bad : {"", "443", ":", ":0", ":65536", ":1,", ":a", ":1-2",
                          "host:443", ": 1", ":+1"}) {
    INFO(bad);
    const auto parsed = parse_connect_ports(bad, "--net-allow");
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().where == "--net-allow");
  }
}

TEST_CASE("bind ports are lists of ports and ranges", "[grammar]") {
  CHECK(*parse_bind_ports("8080", "x") == ports{8080});
  CHECK(*parse_bind_ports("0,9-11,10", "x") == ports{0, 9, 10, 11});
  for (const char* bad : {"", "a", "65536", "3-2", "1,,2", "-1", "1-", "*"}) {
    INFO(bad);
    CHECK_FALSE(parse_bind_ports(bad, "x").has_value());
  }
}

TEST_CASE("times are seconds above zero", "[grammar]") {
  using std::chrono::milliseconds;
  CHECK(*parse_seconds("2", "x") == milliseconds{2000});
  CHECK(*parse_seconds("0.5", "x") == milliseconds{500});
  CHECK(*parse_seconds("1.05", "x") == milliseconds{1050});
  for (const char* bad : {"", "0", "0.0", "-1", "1s", "1.", ".5", "1e3", "nan",
                          "0.0001", "999999999999"}) {
    INFO(bad);
    CHECK_FALSE(parse_seconds(bad, "x").has_value());
  }
}

TEST_CASE("an identity is two numbers", "[grammar]") {
  CHECK(parse_user("0:0", "x")->uid == 0);
  CHECK(parse_user("1234:4321", "x")->gid == 4321);
  for (const char* bad : {"", "0", "0:", ":0", "a:b", "4294967295:0", "-1:0"}) {
    INFO(bad);
    CHECK_FALSE(parse_user(bad, "x").has_value());
  }
}

TEST_CASE("GPUs are all or indices", "[grammar]") {
  CHECK(parse_gpu("ALL", "x")->all);
  CHECK(parse_gpu("0,2", "x")->indices == std::vector<std::uint32_t>{0, 2});
  CHECK_FALSE(parse_gpu("", "x").has_value());
  CHECK_FALSE(parse_gpu("x", "x").has_value());
}

TEST_CASE("names cannot leave their directory", "[grammar]") {
  CHECK(parse_name("a-b_c.1", "x").has_value());
  for (const char* bad : {"", ".", "..", "a/b", "../x", "-a", ".a", "a b"}) {
    INFO(bad);
    CHECK_FALSE(parse_name(bad, "x").has_value());
  }
  CHECK_FALSE(parse_name(std::string(65, 'a'), "x").has_value());
  CHECK_FALSE(parse_name(std::string("a\0b", 3), "x").has_value());
}

TEST_CASE("refusals quote hostile bytes escaped", "[grammar]") {
  const auto parsed = parse_name("a\x1b[31m", "--name");

  REQUIRE_FALSE(parsed.has_value());
  CHECK(parsed.error().line().find('\x1b') == std::string::npos);
}
