#include "core/process/launch.hpp"
#include "core/process/plan_bytes.hpp"
#include "core/process/wire.hpp"

#include <catch2/catch.hpp>

#include <cerrno>
#include <cstring>

using namespace cordon::process;
using strings = std::vector<std::string>;

namespace {

launch simple() {
  launch l;
  l.candidates = {"/bin/true"};
  l.argv = {"true", "argument"};
  l.env = {"A=1"};
  return l;
}

} // namespace

TEST_CASE("a name with a slash is not looked up", "[launch]") {
  CHECK(resolve_program("./a", "/bin") == strings{"./a"});
}

TEST_CASE("PATH entries are tried in order, empty ones are the cwd",
          "[launch]") {
  CHECK(resolve_program("a", "/x:/y") == strings{"/x/a", "/y/a"});
  CHECK(resolve_program("a", ":/y:") == strings{"a", "/y/a", "a"});
  CHECK(resolve_program("a", "") == strings{"a"});
}

TEST_CASE("without PATH the usual places are searched", "[launch]") {
  CHECK(search_path({"A=1", "PATH=/p"}) == "/p");
  CHECK(search_path({"XPATH=/p"}) == "/bin:/usr/bin");
}

TEST_CASE("a plan holds its strings one after the other", "[launch]") {
  const auto bytes = plan_bytes(simple());
  REQUIRE(bytes.has_value());
  wire::plan head;
  std::memcpy(&head, bytes->data(), sizeof head);

  CHECK(head.version == wire::wire_version);
  CHECK(head.size == bytes->size());
  REQUIRE(head.argv.count == 2);
  const std::string argv(bytes->data() + head.argv.bytes.offset,
                         head.argv.bytes.length);
  CHECK(argv == std::string("true\0argument\0", 14));
  CHECK(head.cwd.length == 0);
}

TEST_CASE("strings the kernel cannot take are refused", "[launch]") {
  auto l = simple();
  l.argv.push_back(std::string("a\0b", 3));
  CHECK(plan_bytes(l).error().code == EINVAL);

  l = simple();
  l.candidates.clear();
  CHECK(plan_bytes(l).error().code == EINVAL);

  l = simple();
  l.cpu_cores = {1024};
  CHECK(plan_bytes(l).error().code == EINVAL);

  l = simple();
  l.fds.resize(wire::max_fds + 1);
  CHECK(plan_bytes(l).error().code == E2BIG);
}

TEST_CASE("every stage says what was being done", "[launch]") {
  for (auto s = stage::none; s <= stage::keeper_domain;
       s = static_cast<stage>(static_cast<unsigned>(s) + 1))
    CHECK(std::strlen(doing(s)) > 0);
}
