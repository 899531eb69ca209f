#include "policy/digest.hpp"
#include "policy/plan.hpp"
#include "policy/profile_builder.hpp"
#include "policy/profile_parser.hpp"
#include "policy/profile_text.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace cordon::policy;
using namespace std::chrono_literals;

namespace {

profile_ptr built(const profile_builder& builder) {
  const auto made = builder.try_build();
  REQUIRE(made.has_value());
  return *made;
}

profile_ptr parsed(const std::string& text) {
  INFO(text);
  const auto read = parse_profile(
      {}, text, "t.toml",
      [](const std::string&) -> checked<std::string> { return ""; });
  REQUIRE(read.has_value());
  return built(*read);
}

plan plan_of(const profile_builder& builder, int abi = 7) {
  return *make_plan(*built(builder), {abi, true}, run_kind::supervised);
}

profile_builder full() {
  profile_builder b;
  b.exec("/bin/\"odd\\\n\x1b").args({"-x", ""}).env("A.B", "c=d\t").clean_env();
  b.hostname("box").cwd("/srv").user({5, 6}).no_coredump().no_huge_pages();
  b.no_randomize_memory().read("/r").write("/w").read_if_exists("/maybe");
  b.write_if_exists("/maybe too").connect_port(443).connect_port(80);
  b.bind_port(0).bind_port(8080).deny_syscall("ptrace");
  b.allow_group("metadata").max_open_files(99).max_processes(7);
  b.timeout(2050ms).cpu_core(0).cpu_core(3);
  b.gpu({false, {0, 1}}).allow_degraded(protection::signal_scope);
  return b.disable(protection::fs_truncate);
}

} // namespace

TEST_CASE("a profile written as TOML is read back the same", "[profile_text]") {
  const auto text = to_toml(*built(full()));

  // Where it was written aside, everything that a profile is goes into its
  // text, so equal texts are equal profiles.
  const auto again = parsed(text);
  CHECK(to_toml(*again) == text);
  CHECK(again->exec->value == "/bin/\"odd\\\n\x1b");
  CHECK(again->env.at(0).first == "A.B");
  CHECK(again->user->value.gid == 6);
  CHECK(again->hostname->value == "box");
  CHECK(again->grants.size() == 4);
  CHECK(std::ranges::count(again->grants, false, &grant::must_exist) == 2);
  CHECK(again->connect_ports.size() == 2);
  CHECK(again->timeout->value == 2050ms);
  CHECK(again->max_processes->value == 7);
  CHECK(again->gpu->indices.size() == 2);
  CHECK(again->insists_on(protection::fs_truncate) == insistence::disabled);
  CHECK(digest(plan_of(profile_builder{*again})) == digest(plan_of(full())));
}

TEST_CASE("a profile that grants nothing has a text too", "[profile_text]") {
  CHECK(to_toml(*parsed(to_toml(*built({})))) == to_toml(*built({})));
  CHECK(to_toml(*parsed("[limits]\ngpu_devices = \"all\""))
        == "[limits]\ngpu_devices = \"all\"\n");
}

TEST_CASE("bytes that TOML cannot say are told of", "[profile_text]") {
  const auto text = to_toml(*built(profile_builder{}.read("/\xff")));

  CHECK(text.starts_with("# "));
  CHECK(parsed(text)->grants.size() == 1);
}

TEST_CASE("a digest stands for what is enforced", "[digest]") {
  const auto of
      = [](const profile_builder& builder) { return digest(plan_of(builder)); };
  const auto base = of(profile_builder{}.read("/a").write("/b"));

  // Not for the order, repetitions, or where it was written.
  CHECK(of(profile_builder{}.write("/b", "--fs-write").read("/a").read("/a"))
        == base);
  // But for everything else.
  CHECK(of(profile_builder{}.read("/a").read("/b")) != base);
  CHECK(of(profile_builder{}.read("/b").write("/a")) != base);
  CHECK(of(profile_builder{}.read("/a").write("/b").connect_port(1)) != base);
  CHECK(of(profile_builder{}.read("/a").write("/b").deny_syscall("ptrace"))
        != base);
  CHECK(digest(plan_of(profile_builder{}.read("/a").write("/b"), 6)) == base);
  CHECK(of(profile_builder{}.read("/a").write("/b").disable(
            protection::fs_truncate))
        != base);
}
