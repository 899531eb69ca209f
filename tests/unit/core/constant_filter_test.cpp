#include "core/seccomp/constant_compiler.hpp"
#include "core/seccomp/constant_filter.hpp"
#include "core/seccomp/interpreter.hpp"
#include "tests/unit/core/filter_model.hpp"

#include <catch2/catch.hpp>

#include <cstring>

using namespace cordon;
using namespace cordon::test;
using seccomp::constant_filter;
using seccomp::interpret;

namespace {

constexpr auto native_arch = syscall::audit_arch(syscall::native);
const auto no_such_call = seccomp::action_of(ENOSYS);

} // namespace

TEST_CASE("the embedded filter is what the table compiles to", "[filter]") {
  const auto made = seccomp::compile_constant_filter();
  REQUIRE(made.has_value());

  const auto embedded = constant_filter();
  REQUIRE(made->size() == embedded.size());
  CHECK(std::memcmp(made->data(), embedded.data(), embedded.size_bytes()) == 0);
}

TEST_CASE("the kernel takes a filter of this size", "[filter]") {
  CHECK(constant_filter().size() <= BPF_MAXINSNS);
}

TEST_CASE("every number is answered as the table says", "[filter]") {
  argument_source source{1};
  for (int number = -2; number <= 600; ++number)
    for (int round = 0; round < 200; ++round) {
      const auto args = source.next();
      INFO("number " << number);
      REQUIRE(interpret(constant_filter(), call(native_arch, number, args))
              == constant_model(number, args));
    }
}

TEST_CASE("rules over arguments are answered as the plain model says",
          "[filter]") {
  argument_source source{2};
  for (const auto& rules : syscall::constant_rules()) {
    const int number = syscall::find(rules.syscall)->number_on(syscall::native);
    for (int round = 0; round < 20'000; ++round) {
      const auto args = source.next();
      INFO(rules.syscall);
      REQUIRE(interpret(constant_filter(), call(native_arch, number, args))
              == constant_model(number, args));
    }
  }
}

TEST_CASE("numbers with the x32 bit do not exist", "[filter]") {
  for (int number = 0; number <= 600; ++number)
    REQUIRE(interpret(constant_filter(), call(native_arch, number | 0x40000000))
            == no_such_call);
}

TEST_CASE("calls of other architectures do not exist", "[filter]") {
  // i386, Arm, aarch64 as seen from x86_64, and nonsense.
  for (const std::uint32_t arch :
       {0x40000003U, 0x40000028U, 0xC00000B7U, 0xC00000F3U, 0U, ~0U})
    if (arch != native_arch)
      for (int number = 0; number <= 600; ++number)
        REQUIRE(interpret(constant_filter(), call(arch, number))
                == no_such_call);
}

TEST_CASE("an int argument with a dirty upper half is the same argument",
          "[filter]") {
  const auto answer = [](const char* name, const arguments& args) {
    return interpret(constant_filter(),
                     call(native_arch,
                          syscall::find(name)->number_on(syscall::native),
                          args));
  };
  const auto refused = seccomp::action_of(EPERM);
  constexpr std::uint64_t dirt = 1ULL << 40;

  CHECK(answer("ioctl", {0, 0x5412 | dirt}) == refused);
  CHECK(answer("clone", {0x10000000 | dirt}) == refused);
  CHECK(answer("socket", {17 | dirt, 3, 0})
        == seccomp::action_of(EAFNOSUPPORT));
  CHECK(answer("move_pages", {dirt, 7, 1}) == SECCOMP_RET_ALLOW);
  CHECK(answer("sendto", {3, 0, 0, 0x20000000 | dirt})
        == seccomp::action_of(EOPNOTSUPP));
}

TEST_CASE("the stricter of two filters' answers counts", "[filter]") {
  using seccomp::stricter;
  const auto eperm = seccomp::action_of(EPERM);
  const auto eacces = seccomp::action_of(EACCES);

  CHECK(stricter(SECCOMP_RET_ALLOW, eperm) == eperm);
  CHECK(stricter(eperm, SECCOMP_RET_ALLOW) == eperm);
  CHECK(stricter(eperm, eacces) == eacces); // a tie goes to the newer
  CHECK(stricter(SECCOMP_RET_KILL_PROCESS, eperm) == SECCOMP_RET_KILL_PROCESS);
  CHECK(stricter(SECCOMP_RET_USER_NOTIF, eperm) == eperm);
}
