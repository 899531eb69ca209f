// Kernels without some Landlock right: something stricter stands in, or the run
// refuses. The ABI is imitated by a program of the tests.
#include "tests/support/outside.hpp"
#include "tests/support/probes.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

using namespace cordon::test;

namespace {

const words alone{"--no-supervisor"};
const words without_scope{"--allow-degraded", "signal-scope"};

answers acts_on(const world& place, int abi, const words& options,
                const words& pairs) {
  const outcome result = run(
      place.confined_on(abi, options, words{programs::target("act")} + pairs));
  INFO("ABI " << abi << ": " << result.err);
  REQUIRE(result.code() == 0);
  return parse_answers(result.out);
}

} // namespace

TEST_CASE("without signal scope and supervisor a run refuses, naming the way "
          "on",
          "[e2e][threat-21][A-05.12]") {
  const world place(GENERATE(from_range(everybody())));
  const int abi = GENERATE(1, 2, 3, 4, 5);
  const words program{"/bin/echo", "ran"};

  const outcome refused = run(place.confined_on(abi, alone, program));
  CHECK(refused.out.empty());
  CHECK(is_one_of(std::to_string(refused.code()), "2|125"));
  CHECK(refused.err.find("signal-scope") != std::string::npos);
  CHECK(refused.err.find("--allow-degraded signal-scope") != std::string::npos);

  const outcome degraded
      = run(place.confined_on(abi, alone + without_scope, program));
  CHECK(degraded.out == "ran\n");
  CHECK(degraded.code() == 0);
  // Never silently.
  CHECK(degraded.err.find("signal-scope") != std::string::npos);
}

TEST_CASE("with all protections a run has nothing to say", "[e2e][A-05.11]") {
  const world place(GENERATE(from_range(everybody())));
  const int abi = GENERATE(6, 7);

  const outcome result = run(place.confined_on(abi, {}, {"/bin/echo", "ran"}));

  CHECK(result.out == "ran\n");
  CHECK(result.err.empty());
}

TEST_CASE("without Landlock nothing runs", "[e2e][threat-21]") {
  const world place(GENERATE(from_range(everybody())));
  words everything;
  for (const char* protection :
       {"fs-refer", "fs-truncate", "net-tcp", "fs-ioctl-dev", "signal-scope",
        "abstract-unix-socket-scope"})
    everything.insert(everything.end(), {"--allow-degraded", protection});

  const outcome result
      = run(place.confined_on(0, everything, {"/bin/echo", "ran"}));

  CHECK(result.out.empty());
  CHECK(is_one_of(std::to_string(result.code()), "2|125"));
  CHECK(result.err.find("Landlock") != std::string::npos);
}

TEST_CASE("moves between directories need ABI 2", "[e2e][threat-21]") {
  const world place(GENERATE(from_range(everybody())));
  const int abi = GENERATE(1, 2, 6);
  const std::string& in = place.inside();
  const words pairs{"mkdir",   in + "/d", "create",
                    in + "/f", "rename",  in + "/f>" + in + "/d/f"};

  const answers inside = acts_on(place, abi, {}, pairs);

  CHECK(inside.at("create " + in + "/f") == "ok");
  CHECK(is_one_of(inside.at("rename " + in + "/f>" + in + "/d/f"),
                  abi < 2 ? "EXDEV|EACCES" : "ok"));
}

TEST_CASE("below ABI 3 truncate is refused, unless degraded",
          "[e2e][threat-21][A-05.13]") {
  const world place(GENERATE(from_range(everybody())));
  const int abi = GENERATE(1, 2, 3, 6);
  const std::string file
      = place.files().file("inside/file", "text", place.who());

  CHECK(acts_on(place, abi, {}, {"truncate", file}).at("truncate " + file)
        == (abi < 3 ? "EPERM" : "ok"));
  CHECK(acts_on(place, abi, {"--allow-degraded", "fs-truncate"},
                {"truncate", file})
            .at("truncate " + file)
        == "ok");
  // The stand-in or the right: a file that is not granted keeps its text.
  const answers secret = acts_on(place, abi, {}, {"truncate", place.secret()});
  CHECK(is_one_of(secret.at("truncate " + place.secret()), "EPERM|EACCES"));
  CHECK(read_file(place.secret()) == "the secret\n");
}

TEST_CASE("below ABI 4 there are no INET sockets, unless degraded",
          "[e2e][threat-21]") {
  const world place(GENERATE(from_range(everybody())));
  const int abi = GENERATE(1, 3, 4, 6);
  const words pairs{"socket", "2", "socket", "10", "bind", "20981"};

  const answers strict = acts_on(place, abi, {}, pairs);
  const answers degraded
      = acts_on(place, abi, {"--allow-degraded", "net-tcp"}, pairs);

  CHECK(strict.at("socket 2") == (abi < 4 ? "EACCES" : "ok"));
  CHECK(strict.at("socket 10") == (abi < 4 ? "EACCES" : "ok"));
  CHECK(strict.at("bind 20981") == "EACCES");
  CHECK(degraded.at("socket 2") == "ok");
  // Degraded means that nothing restricts it.
  CHECK(degraded.at("bind 20981") == (abi < 4 ? "ok" : "EACCES"));
}

TEST_CASE("below ABI 5 unknown device commands are refused, unless degraded",
          "[e2e][threat-21]") {
  const world place(GENERATE(from_range(everybody())));
  const int abi = GENERATE(1, 4, 5, 6);
  const words options{"-w", "/dev/urandom"};
  const words pairs{"entropy", "/dev/urandom"};
  const auto entropy = [&](const words& more) {
    return acts_on(place, abi, options + more, pairs)
        .at("entropy /dev/urandom");
  };

  CHECK(entropy({}) == (abi < 5 ? "ENOTTY" : "ok"));
  CHECK(entropy({"--allow-degraded", "fs-ioctl-dev"}) == "ok");
  CHECK(run(place.outside(words{programs::target("act")} + pairs)).out
        == "entropy /dev/urandom=ok\n");
}

TEST_CASE("below ABI 6 and without a supervisor there are no AF_UNIX sockets, "
          "unless degraded",
          "[e2e][threat-16][threat-21]") {
  const world place(GENERATE(from_range(everybody())));
  const int abi = GENERATE(1, 5, 6);
  const words pairs{"socket", "1", "pair", "1"};
  const words no_scope = alone + (abi < 6 ? without_scope : words{});

  const answers strict = acts_on(place, abi, no_scope, pairs);
  const answers degraded = acts_on(
      place, abi,
      no_scope + words{"--allow-degraded", "abstract-unix-socket-scope"},
      pairs);

  CHECK(strict.at("socket 1") == (abi < 6 ? "EACCES" : "ok"));
  CHECK(strict.at("pair 1") == "ok");
  CHECK(degraded.at("socket 1") == "ok");
}

TEST_CASE("the imitated kernel really has no signal scope",
          "[e2e][threat-16][threat-21]") {
  // Else the tests of stand-ins would show nothing.
  const world place(GENERATE(from_range(everybody())));
  const victim other(place.who());
  const std::string pid = std::to_string(other.pid());

  CHECK(acts_on(place, 5, without_scope, {"signal", pid}).at("signal " + pid)
        == "ok");
  CHECK(acts_on(place, 6, {}, {"signal", pid}).at("signal " + pid) == "EPERM");
}

TEST_CASE("a fully degraded run works on every ABI, and says what is missing",
          "[e2e][A-05.15][A-05.21]") {
  const world place(GENERATE(from_range(everybody())));
  const int abi = GENERATE(range(1, 8));
  struct need {
    const char* protection;
    int abi;
  };
  const std::vector<need> needs{
      {"fs-refer", 2},     {"fs-truncate", 3},
      {"net-tcp", 4},      {"fs-ioctl-dev", 5},
      {"signal-scope", 6}, {"abstract-unix-socket-scope", 6}};
  words options;
  for (const need& each : needs)
    options.insert(options.end(), {"--allow-degraded", each.protection});

  const outcome result
      = run(place.confined_on(abi, options, {"/bin/echo", "ran"}));

  CHECK(result.out == "ran\n");
  for (const need& each : needs) {
    INFO("ABI " << abi << ", " << each.protection << ": " << result.err);
    CHECK((result.err.find(each.protection) != std::string::npos)
          == (abi < each.abi));
  }
}

TEST_CASE("check says which protections the kernel lacks", "[e2e][A-01.01]") {
  const world place(unprivileged());
  const auto check = [&](const char* abi) {
    return run(place.outside({programs::imitating(), abi, "check"}));
  };

  const outcome new_kernel = check("7");
  const outcome old_kernel = check("2");
  const outcome no_landlock = check("0");

  CHECK(new_kernel.code() == 0);
  CHECK(new_kernel.out.find("Landlock") != std::string::npos);
  // The supervisor stands in for what is missing.
  CHECK(old_kernel.code() == 0);
  CHECK(old_kernel.out.find("signal-scope") != std::string::npos);
  CHECK(old_kernel.out != new_kernel.out);
  CHECK(no_landlock.code() != 0);
  CHECK(no_landlock.out != old_kernel.out);
}
