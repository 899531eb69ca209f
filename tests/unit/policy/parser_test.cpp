#include "policy/profile_parser.hpp"
#include "policy/shipped.hpp"

#include <catch2/catch.hpp>

#include <map>

using namespace cordon::policy;

namespace {

checked<profile_ptr> parse(std::string_view text,
                           const std::map<std::string, std::string>& others
                           = {}) {
  const auto parsed = parse_profile(
      {}, text, "f.toml", [&](const std::string& name) -> checked<std::string> {
        const auto found = others.find(name);
        if (found == others.end())
          return reject("include", "no profile is called '" + name + "'");
        return found->second;
      });
  if (!parsed)
    return tl::make_unexpected(parsed.error());
  return parsed->try_build();
}

std::string complaint(std::string_view text,
                      const std::map<std::string, std::string>& others = {}) {
  const auto made = parse(text, others);
  return made ? "" : made.error().line();
}

bool has(const std::string& text, const char* part) {
  INFO(text);
  const bool found = text.find(part) != std::string::npos;
  CHECK(found);
  return found;
}

} // namespace

TEST_CASE("a full profile reaches every field", "[parser]") {
  const auto made = parse(R"(
[program]
exec = "/bin/ls"
args = ["-l"]
env = { A = "1" }
cwd = "/tmp"
uid = 0
gid = 5
hostname = "box"
clean_env = true
no_coredump = true
no_huge_pages = true
[determinism]
no_randomize_memory = true
deterministic_dirs = true
[filesystem]
read = ["/usr"]
write = ["/w"]
read_if_exists = ["/r"]
write_if_exists = ["/x"]
[network]
allow = [":443,80"]
allow_bind = [8080, "9000-9001"]
[syscalls]
extra_allow = ["metadata"]
extra_deny = ["ptrace"]
[limits]
open_files = 64
timeout = 1.5
cpu_cores = [0]
gpu_devices = [1]
[protections]
allow_degraded = ["net-tcp"]
disable = ["Signal-Scope"]
)");

  REQUIRE(made.has_value());
  const auto& p = **made;
  CHECK(p.exec->value == "/bin/ls");
  CHECK(p.args == std::vector<std::string>{"-l"});
  CHECK(p.env.front().first == "A");
  CHECK(p.user->value.gid == 5);
  CHECK(p.clean_env);
  CHECK(p.no_coredump);
  CHECK(p.no_huge_pages);
  CHECK(p.no_randomize_memory);
  CHECK(p.sorted_listings->value);
  CHECK(p.hostname->value == "box");
  CHECK(p.grants.size() == 4);
  CHECK(p.connect_ports.size() == 2);
  CHECK(p.bind_ports.size() == 3);
  CHECK(p.extra_allow.front().value == "metadata");
  CHECK(p.extra_deny.front().value == "ptrace");
  CHECK(p.max_open_files->value == 64);
  CHECK(p.timeout->value == std::chrono::milliseconds{1500});
  CHECK(p.cpu_cores == std::vector<std::uint32_t>{0});
  CHECK(p.gpu->indices == std::vector<std::uint32_t>{1});
  CHECK(p.insists_on(protection::net_tcp) == insistence::degradable);
  CHECK(p.insists_on(protection::signal_scope) == insistence::disabled);
}

TEST_CASE("an empty profile grants nothing", "[parser]") {
  const auto made = parse("");

  REQUIRE(made.has_value());
  CHECK((*made)->grants.empty());
}

TEST_CASE("errors say where they are", "[parser]") {
  has(complaint("[filesystem]\nreed = []"), "f.toml:2:8: filesystem.reed");
  has(complaint("[bogus]\nx = 1"), "f.toml:1:1: 'bogus' is no section");
  has(complaint("read = []"), "'read' is no section");
  has(complaint("[program]\nexec = 1"), "f.toml:2:8: program.exec: expected a "
                                        "string, found integer");
  has(complaint("[filesystem]\nread = \"/usr\""), "expected a list");
  has(complaint("[filesystem]\nread = [1]"), "found integer in it");
  has(complaint("x = = 1"), "f.toml:1:");
  has(complaint("[limits]\nopen_files = 0"), "limits.open_files");
  has(complaint("[limits]\nopen_files = -1"), "expected a whole number");
  has(complaint("[limits]\ntimeout = 0"), "limits.timeout");
  has(complaint("[program]\nuid = 1"), "program.uid and program.gid");
  has(complaint("[program]\nuid = 4294967295\ngid = 0"), "program.uid");
  has(complaint("[network]\nallow = [\"443\"]"), "network.allow");
  has(complaint("[network]\nallow_bind = [65536]"), "network.allow_bind");
  has(complaint("[syscalls]\nextra_allow = [\"chmod\"]"),
      "syscalls.extra_allow");
  has(complaint("[protections]\ndisable = [\"fs-refer\"]"),
      "protections.disable");
  has(complaint("[filesystem]\nread = [\"\"]"), "is empty");
  has(complaint("[program]\nenv = { \"A=B\" = \"1\" }"), "program.env");
}

TEST_CASE("an error is one line whatever the file holds", "[parser]") {
  const auto line = complaint("[filesystem]\n\"re\\nad\\u001b\" = []");
  CHECK(line.find('\n') == std::string::npos);
  CHECK(line.find('\x1b') == std::string::npos);
}

TEST_CASE("includes come first", "[parser][include]") {
  const auto made
      = parse("include = [\"a\"]\n[limits]\nopen_files = 9",
              {{"a", "[limits]\nopen_files = 3\n[filesystem]\nread=[\"/a\"]"}});

  REQUIRE(made.has_value());
  CHECK((*made)->max_open_files->value == 9);
  CHECK((*made)->grants.front().from == "profile a:4:6: filesystem.read");
}

TEST_CASE("includes neither loop nor go on for ever", "[parser][include]") {
  has(complaint("include = [\"a\"]", {{"a", "include = [\"a\"]"}}),
      "includes itself");
  std::map<std::string, std::string> chain;
  for (int i = 0; i < 20; ++i)
    chain["p" + std::to_string(i)]
        = "include = [\"p" + std::to_string(i + 1) + "\"]";
  has(complaint("include = [\"p0\"]", chain), "deep");
  has(complaint("include = [\"none\"]"), "no profile is called");
}

TEST_CASE("every shipped profile parses and insists on everything",
          "[parser][shipped]") {
  CHECK(shipped_profiles().size() == 3);
  for (const auto& shipped : shipped_profiles()) {
    INFO(shipped.name);
    const auto base = find_shipped("base");
    const auto made = parse(shipped.text, {{"base", std::string(base->text)}});
    REQUIRE(made.has_value());
    CHECK_FALSE((*made)->grants.empty());
    for (const auto what : all_protections)
      CHECK((*made)->insists_on(what) == insistence::strict);
    for (const auto& grant : (*made)->grants)
      for (const char* secret : {"/", "/etc", "/home", "/root", "/proc", "/sys",
                                 "/tmp", "/etc/shadow", "/dev"})
        CHECK(grant.path != secret);
  }
}
