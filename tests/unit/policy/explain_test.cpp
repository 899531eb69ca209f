#include "policy/covers.hpp"
#include "policy/explain.hpp"
#include "policy/profile_builder.hpp"
#include "policy/refusal.hpp"
#include "tests/unit/policy/made_up_files.hpp"

#include <catch2/catch.hpp>

#include <cerrno>

using namespace cordon::policy;
using cordon::test::made_up_files;
using action = file_action;

namespace {

const made_up_files files{{
    {"/", "/"},
    {"/usr", "/usr"},
    {"/usr/bin", "/usr/bin"},
    {"/usr/bin/ls", "/usr/bin/ls"},
    {"/usr2", "/usr2"},
    {"/usr2/x", "/usr2/x"},
    {"/bin", "/usr/bin"}, // a link
    {"/bin/ls", "/usr/bin/ls"},
    {"/w", "/w"},
    {"/w/out", "/etc/passwd"}, // a link that leads out
    {"/home/u", "/home/u"},
    {"/home/u/.config", "/home/u/.config"},
}};

verdict ask(const profile_builder& builder, const question& asked) {
  const auto p = *builder.try_build();
  const auto made = make_plan(*p, {7}, run_kind::supervised);
  return explain(*p, *made, files, asked);
}

verdict ask(const profile_builder& builder, file_action wanted,
            const char* path) {
  return ask(builder, file_question{wanted, path});
}

} // namespace

TEST_CASE("a grant covers what is beneath, by whole components", "[explain]") {
  CHECK(covers("/usr", "/usr"));
  CHECK(covers("/usr", "/usr/bin/ls"));
  CHECK_FALSE(covers("/usr", "/usr2"));
  CHECK_FALSE(covers("/usr/bin", "/usr"));
  CHECK(covers("/", "/anything"));
}

TEST_CASE("reading needs a read grant, and says which option gives it",
          "[explain]") {
  const auto builder = profile_builder{}.read("/usr", "--fs-read");

  CHECK(ask(builder, action::read, "/usr/bin/ls").allowed);
  CHECK(ask(builder, action::read, "/usr/bin/ls").rule
        == "granted by --fs-read /usr");
  const auto refused = ask(builder, action::read, "/usr2/x");
  CHECK_FALSE(refused.allowed);
  CHECK(refused.error == EACCES);
  CHECK(refused.remedy == "--fs-read /usr2/x");
}

TEST_CASE("links are followed before anything is decided", "[explain]") {
  const auto builder = profile_builder{}.read("/bin").write("/w");

  CHECK(ask(builder, action::execute, "/usr/bin/ls").allowed);
  CHECK(ask(builder, action::execute, "/bin/ls").allowed);
  CHECK_FALSE(ask(builder, action::read, "/w/out").allowed);
  // The link itself is where it is.
  CHECK(ask(builder, action::remove, "/w/out").allowed);
}

TEST_CASE("writing needs a write grant", "[explain]") {
  const auto builder = profile_builder{}.read("/usr").write("/w");

  CHECK(ask(builder, action::write, "/w").allowed);
  CHECK(ask(builder, action::create, "/w/new").allowed);
  CHECK(ask(builder, action::remove, "/w/new").allowed);
  const auto refused = ask(builder, action::create, "/usr/new");
  CHECK_FALSE(refused.allowed);
  CHECK(refused.remedy == "--fs-write /usr");
  CHECK(refused.rule.find("grants reading only") != std::string::npos);
}

TEST_CASE("a file that does not exist is looked for in its directory",
          "[explain]") {
  CHECK(ask(profile_builder{}.read("/usr"), action::read, "/usr/none").allowed);
  CHECK_FALSE(
      ask(profile_builder{}.read("/usr"), action::read, "/none").allowed);
}

TEST_CASE("ports", "[explain]") {
  using kind = port_question::kind;
  const auto builder = profile_builder{}.connect_port(443, "--net-allow");

  CHECK(ask(builder, port_question{kind::connect, 443}).allowed);
  CHECK(ask(builder, port_question{kind::connect, 80}).remedy
        == "--net-allow :80");
  CHECK(ask(builder, port_question{kind::bind, 80}).remedy
        == "--net-allow-bind 80");
  CHECK_FALSE(ask({}, port_question{kind::connect, 443}).allowed);
}

TEST_CASE("system calls", "[explain]") {
  CHECK(ask({}, syscall_question{"read"}).allowed);
  CHECK(ask({}, syscall_question{"mount"}).error == EPERM);
  CHECK(ask({}, syscall_question{"mount"}).remedy.empty());
  CHECK(ask({}, syscall_question{"fchmod"}).remedy == "--fs-write PATH");
  CHECK(ask({}, syscall_question{"connect"}).allowed);
  CHECK(ask({}, syscall_question{"prlimit64"}).rule.find("ask the supervisor")
        != std::string::npos);
  CHECK(ask({}, syscall_question{"bogus"}).error == ENOSYS);
  CHECK_FALSE(ask(profile_builder{}.deny_syscall("ptrace", "--extra"),
                  syscall_question{"ptrace"})
                  .allowed);
}

TEST_CASE("signals leave the sandbox only when the scope is off", "[explain]") {
  CHECK(ask({}, signal_question{}).error == EPERM);
  CHECK(ask(profile_builder{}.disable(protection::signal_scope),
            signal_question{})
            .allowed);
}

TEST_CASE("a refusal is explained alike with the profile and without",
          "[explain]") {
  using cordon::syscall::operation;
  const auto made = *profile_builder{}.max_processes(8, "-P").try_build();

  const auto metadata = why_refused(operation::chmod, "/usr/x\n", 8);
  CHECK(metadata.rule == "no write grant covers /usr/x\\x0a");
  CHECK(metadata.remedy == "--fs-write /usr/x\\x0a");
  CHECK(why_refused(*made, operation::chmod, "/usr/x\n").rule == metadata.rule);
  const auto fork = why_refused(operation::fork, "processes", 8, "-P");
  CHECK(fork.rule == "-P allows 8 processes at once");
  CHECK(why_refused(*made, operation::fork, "processes").rule == fork.rule);
}

TEST_CASE("a write grant over cordon's own places is refused, naming both",
          "[explain][harm]") {
  const std::vector<own_place> places
      = {{"the profile directory", "/home/u/.config/cordon/profiles"}};
  const auto harm = [&](const profile_builder& builder) {
    return find_self_harm(**builder.try_build(), files, places);
  };

  const auto found = harm(profile_builder{}.write("/home/u", "--fs-write"));
  REQUIRE(found.has_value());
  CHECK(found->line().find("/home/u ") != std::string::npos);
  CHECK(found->line().find("/home/u/.config/cordon/profiles")
        != std::string::npos);
  CHECK(harm(profile_builder{}.write("/")).has_value());
  CHECK(harm(profile_builder{}.write("/home/u/.config/cordon/profiles/x"))
            .has_value());
  CHECK_FALSE(harm(profile_builder{}.read("/home/u")).has_value());
  CHECK_FALSE(harm(profile_builder{}.write("/w")).has_value());
}
