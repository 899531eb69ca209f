#include "core/exec/name_page.hpp"
#include "core/syscall/operations.hpp"
#include "policy/grammar.hpp"
#include "policy/mirror.hpp"
#include "policy/place_rules.hpp"
#include "policy/plan.hpp"
#include "policy/profile_builder.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

using namespace cordon;
using namespace cordon::policy;
using paths::use;

namespace {

paths::position at(const std::string& path) {
  return {0, path, "/host" + path};
}

place_rules some_rules() {
  return {{{"/read", access::read, "-r"},
           {"/write", access::write, "-w"},
           {"/deep/down/there", access::read, "-r"}},
          {{"/write/secret", "/host/write/secret", {{7, 42}}, "--fs-deny"}}};
}

} // namespace

TEST_CASE("a grant reaches what is beneath it and what leads to it",
          "[place_rules]") {
  const auto rules = some_rules();
  const auto judge = [&](use wanted, const char* path) {
    return rules.judge(wanted, at(path), nullptr);
  };

  CHECK(judge(use::read, "/read") == 0);
  CHECK(judge(use::read, "/read/a/b") == 0);
  CHECK(judge(use::write, "/read/a") == EACCES);
  CHECK(judge(use::write, "/write/a") == 0);
  CHECK(judge(use::read, "/readable") == EACCES);
  CHECK(judge(use::see, "/") == 0);
  CHECK(judge(use::see, "/deep/down") == 0);
  CHECK(judge(use::read, "/deep/down") == EACCES);
  CHECK(judge(use::see, "/deep/up") == EACCES);
  CHECK_FALSE(rules.allows_everywhere(use::see));
}

TEST_CASE("a denial wins by name, by the name outside, and by object",
          "[place_rules]") {
  const auto rules = some_rules();
  const paths::object_id denied{7, 42}, other{7, 43};

  CHECK(rules.judge(use::see, at("/write/secret"), nullptr) == EACCES);
  CHECK(rules.judge(use::see, at("/write/secret/x"), nullptr) == EACCES);
  CHECK(rules.judge(use::read, at("/write/second"), &denied) == EACCES);
  CHECK(rules.judge(use::read, at("/write/second"), &other) == 0);
  CHECK(rules.judge(use::read, {1, "/read/alias", "/host/write/secret/x"},
                    nullptr)
        == EACCES);
  // What a denial lies in stays where it is.
  CHECK(rules.holds_still(at("/write")));
  CHECK_FALSE(rules.holds_still(at("/write/other")));
}

TEST_CASE("a grant of everything is one that nobody asks about",
          "[place_rules]") {
  const place_rules reading{{{"/", access::read, "-r"}}, {}};
  const place_rules writing{{{"/", access::write, "-w"}}, {}};
  const place_rules denying{{{"/", access::write, "-w"}},
                            {{"/x", "", {}, "--fs-deny"}}};

  CHECK(reading.allows_everywhere(use::read));
  CHECK_FALSE(reading.allows_everywhere(use::write));
  CHECK(writing.allows_everywhere(use::write));
  CHECK_FALSE(denying.allows_everywhere(use::see));
}

TEST_CASE("a mount is two paths and perhaps :ro", "[grammar]") {
  const auto plain = parse_mount("/work:/home/u/work", "--fs-mount");
  const auto read_only = parse_mount("/work:host:ro", "--fs-mount");
  const auto writable = parse_mount("/work:host:rw", "--fs-mount");

  REQUIRE((plain && read_only && writable));
  CHECK(plain->at == "/work");
  CHECK(plain->host == "/home/u/work");
  CHECK_FALSE(plain->read_only);
  CHECK(read_only->host == "host");
  CHECK(read_only->read_only);
  CHECK_FALSE(writable->read_only);
  for (const char* const wrong : {"", "/work", "/work:", ":host", ":ro", ":"})
    CHECK_FALSE(parse_mount(wrong, "--fs-mount"));
}

TEST_CASE(
    "the builder takes each mount point once, absolute and below the root",
    "[builder]") {
  const auto issue = [](auto... places) {
    profile_builder made;
    (made.mount(places, "/host", false, "--fs-mount"), ...);
    return made.first_issue() ? made.first_issue()->what : "";
  };

  CHECK(issue("/a", "/a/b") == "");
  CHECK(issue("/a", "/a/") != "");
  CHECK(issue("a") != "");
  CHECK(issue("/") != "");
  CHECK(issue("/a/../b") != "");
}

TEST_CASE(
    "a view traps every call about paths and lets the kernel open nothing",
    "[plan]") {
  const auto profile = profile_builder{}.chroot("/r").read("/").try_build();
  REQUIRE(profile);

  const auto made = make_plan(**profile, {6, true}, run_kind::supervised);

  REQUIRE(made);
  CHECK(made->mirrors);
  CHECK(made->paths.empty());
  const auto answer = [&](std::string_view name) {
    const auto& all = made->filter.denied;
    const auto found = std::ranges::find(all, name, [](const auto& each) {
      return std::string_view(each.syscall);
    });
    if (found != all.end())
      return found->error;
    const auto& rules = made->filter.rules;
    const auto ruled
        = std::ranges::find(rules, name, &syscall::argument_rules::syscall);
    return ruled == rules.end() ? std::int16_t{0} : ruled->otherwise;
  };
  for (const auto& row : syscall::trap_rows())
    if (syscall::is_about_paths(row.op)) {
      INFO(row.syscall);
      CHECK(answer(row.syscall) == syscall::trap);
    }
  // But the one file that may be run, by its one name.
  const auto exec = std::ranges::find(made->filter.rules, "execve",
                                      &syscall::argument_rules::syscall);
  REQUIRE(exec != made->filter.rules.end());
  for (const auto& [path, expected] :
       {std::pair{exec::name_with(0), 0}, std::pair{exec::name_with(63), 0},
        std::pair{exec::name_page_at - 1, -1},
        std::pair{exec::name_with(0) + 1, -1},
        std::pair{exec::name_with(0) + (1UL << 32), -1}}) {
    const std::array<std::uint64_t, 6> arguments{path};
    CHECK(syscall::evaluate(*exec, arguments) == expected);
  }
  // Nobody gave it a name.
  CHECK(answer("uname") == 0);
  const auto named
      = profile_builder{*profile.value()}.hostname("x").try_build();
  const auto with_name = make_plan(**named, {6, true}, run_kind::supervised);
  CHECK(std::ranges::any_of(with_name->filter.denied, [](const auto& each) {
    return each.syscall == "uname" && each.error == syscall::trap;
  }));
  CHECK(answer("landlock_create_ruleset") == EOPNOTSUPP);
}

TEST_CASE("a view needs a supervisor that can listen", "[plan]") {
  const auto profile = profile_builder{}.deny_path("/x").try_build();
  REQUIRE(profile);

  CHECK_FALSE(make_plan(**profile, {6, true}, run_kind::unsupervised));
  CHECK_FALSE(make_plan(**profile, {6, false}, run_kind::supervised));
  const auto relative = profile_builder{}.chroot("/r").read("lib").try_build();
  CHECK_FALSE(mirror_of(**relative, "/here"));
  const auto host = profile_builder{}.deny_path("x").read("lib").try_build();
  const auto spec = mirror_of(**host, "/here");
  REQUIRE(spec);
  CHECK(spec->root == "/");
  CHECK(spec->grants.at(0).path == "/here/lib");
}
