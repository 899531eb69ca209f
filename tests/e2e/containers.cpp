// Inside a container: under its engine's filter and without capabilities.
#include "tests/support/probes.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

using namespace cordon::test;

namespace {

/// The same command in a container whose profile refuses `further` too.
command contained(command what, const words& further = {}) {
  what.argv = words{programs::target("container")} + further + words{"--"}
              + what.argv;
  return what;
}

/// The line of `cordon check` about one feature.
std::string line_about(const std::string& text, const std::string& feature) {
  const auto at = text.find("  " + feature);
  return at == std::string::npos ? ""
                                 : text.substr(at, text.find('\n', at) - at);
}

bool says_no(const outcome& check, const std::string& feature) {
  return line_about(check.out, feature).find("  no ") != std::string::npos;
}

bool says_yes(const outcome& check, const std::string& feature) {
  return line_about(check.out, feature).find("  yes  ") != std::string::npos;
}

} // namespace

TEST_CASE("the container of the tests refuses what containers refuse",
          "[e2e][container]") {
  const world place(GENERATE(from_range(everybody())));

  const outcome unshared = run(
      contained(place.outside({"unshare", "--user", "/bin/echo", "unshared"})));

  CHECK(unshared.out.empty());
  const outcome caps = run(contained(place.outside(
      {"grep", "-E", "CapEff|CapPrm|NoNew", "/proc/self/status"})));
  CHECK(caps.out
        == "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
           "NoNewPrivs:\t1\n");
}

TEST_CASE("in a container a run is walled, counted, changes metadata, ends",
          "[e2e][container][lane]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string script
      = "cd " + place.inside()
        + "; : > f; chmod 640 f && stat -c %a f; touch -d 2001-02-03 f && "
          "date -r f +%F; (exit 4); echo status $?; cat "
        + place.secret() + "; (: & : & : & : & : & :) ; echo end";

  const outcome result
      = run(contained(place.confined({"-P", "4"}, {"/bin/sh", "-c", script})));

  INFO(result.err);
  CHECK(result.code() == 0);
  CHECK(result.out.starts_with("640\n2001-02-03\nstatus 4\n"));
  CHECK(result.err.find("Permission denied") != std::string::npos);
  CHECK(result.err.find("Cannot fork") != std::string::npos);
}

TEST_CASE("in a container the limit of processes is kept exactly",
          "[e2e][container][lane]") {
  const world place(GENERATE(from_range(everybody())));
  for (const char* trick : {"plain", "zombies", "vforked"}) {
    INFO(trick);
    const answers said = answers_of(contained(place.confined(
        {"-P", "8"}, {programs::target("fork_tricks"), trick, "20"})));
    CHECK(said.at("made") == "7");
    CHECK(said.at("stopped") == "EAGAIN");
  }
}

TEST_CASE("in a container check says what there is not, and what it costs",
          "[e2e][container]") {
  const world place(GENERATE(from_range(everybody())));
  const auto check = [&](const words& further) {
    return run(contained(place.cordon({"check"}), further));
  };

  const outcome bare = run(place.cordon({"check"}));
  CHECK(says_yes(bare, "tracing (ptrace)"));
  CHECK(says_yes(bare, "memory of targets"));
  CHECK(says_yes(bare, "user notification"));
  const outcome usual = check({});
  INFO(usual.out);
  CHECK(usual.code() == 0);
  CHECK(says_no(usual, "user namespaces"));
  CHECK(says_yes(bare, "fds of targets"));
  CHECK(says_no(usual, "fds of targets"));
  CHECK(says_yes(usual, "tracing (ptrace)"));
  const outcome untraced = check({"+ptrace"});
  CHECK(says_no(untraced, "tracing (ptrace)"));
  CHECK(line_about(untraced.out, "tracing (ptrace)").find("EINTR")
        != std::string::npos);
  CHECK(untraced.code() == 0);
  const outcome blind = check({"+process_vm_readv"});
  CHECK(says_no(blind, "memory of targets"));
}

TEST_CASE("without ptrace a run works, only not under signals that break calls",
          "[e2e][container][lane]") {
  const world place(GENERATE(from_range(everybody())));
  const auto storm = [&](const char* kind) {
    return answers_of(
        contained(place.confined({"-P", "40"}, {programs::target("storm"), kind,
                                                "2000", place.inside()}),
                  {"+ptrace"}));
  };

  const answers restarting = storm("timer");
  CHECK(restarting.at("failed") == "0");
  CHECK(restarting.at("wrong") == "0");
  const answers abrupt = storm("abrupt");
  CHECK(abrupt.at("failed") != "0");
  CHECK(abrupt.at("wrong") == "0");
}

TEST_CASE(
    "where memory cannot be read, changes by name fail and none is passed",
    "[e2e][container][lane][threat-3]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string script
      = "cd " + place.inside() + "; : > f; chmod 000 f; echo $?; stat -c %a f";

  const outcome result = run(contained(
      place.confined({}, {"/bin/sh", "-c", script}), {"+process_vm_readv"}));

  INFO(result.err);
  CHECK(result.out.starts_with("1\n6"));
  CHECK(result.err.find("not permitted") != std::string::npos);
}
