#include "core/landlock/access.hpp"
#include "policy/lane_domain.hpp"
#include "policy/plan.hpp"
#include "policy/profile_builder.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cerrno>

using namespace cordon;
using namespace cordon::policy;
namespace fs = landlock::fs;

namespace {

profile_builder with_everything_degradable() {
  profile_builder builder;
  for (const auto what : all_protections)
    builder.allow_degraded(what);
  return builder;
}

plan plan_for(const profile_builder& builder, int abi,
              run_kind kind = run_kind::supervised) {
  return make_plan(**builder.try_build(), {abi}, kind).value();
}

std::int16_t denied(const plan& p, std::string_view name) {
  for (const auto& d : p.filter.denied)
    if (d.syscall == name)
      return d.error;
  return 0;
}

/// What this policy's rules answer for a call.
syscall::outcome ruled(const plan& p, std::string_view name,
                       std::array<std::uint64_t, 6> args) {
  for (const auto& rules : p.filter.rules)
    if (rules.syscall == name)
      return syscall::evaluate(rules, args);
  return 0;
}

} // namespace

TEST_CASE("everything the ABI knows is handled", "[plan]") {
  const int abi = GENERATE(6, 7, 99);
  const auto p = plan_for({}, abi);

  CHECK(p.abi == std::min(abi, landlock::newest_known_abi));
  CHECK(p.handled_fs == 0xFFFF);
  CHECK(p.handled_net == 3);
  CHECK(p.scoped == 3);
}

TEST_CASE("older kernels get what they have and a filter for the rest",
          "[plan][abi]") {
  const int abi = GENERATE(1, 2, 3, 4, 5, 6, 7);
  profile_builder builder;
  if (abi < 6)
    builder.allow_degraded(protection::signal_scope);
  const auto p = plan_for(builder, abi, run_kind::unanswered);

  CHECK(p.handled_fs == landlock::fs_rights(abi));
  CHECK(p.handled_net == landlock::net_rights(abi));
  CHECK(p.scoped == landlock::scopes(abi));
  CHECK((denied(p, "truncate") == EPERM) == (abi < 3));
  CHECK((ruled(p, "socket", {2, 1, 0}) == EACCES) == (abi < 4));
  CHECK((ruled(p, "socket", {10, 1, 0}) == EACCES) == (abi < 4));
  CHECK((ruled(p, "ioctl", {0, 0x4B46}) == ENOTTY) == (abi < 5));
  CHECK(ruled(p, "ioctl", {0, 0x5401}) == 0);
  CHECK((ruled(p, "socket", {1, 1, 0}) == EACCES) == (abi < 6));
}

TEST_CASE("below ABI 6 the supervisor sends signals", "[plan][abi]") {
  const int abi = GENERATE(1, 5);
  const auto p = plan_for({}, abi);

  CHECK(p.status(protection::signal_scope) == protection_status::stand_in);
  for (const char* name :
       {"kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"}) {
    CHECK(denied(p, name) == syscall::trap);
    CHECK(denied(plan_for({}, 6), name) == 0);
  }
  CHECK(ruled(p, "pidfd_send_signal", {3}) == syscall::trap);
  CHECK(ruled(p, "pidfd_send_signal", {static_cast<std::uint32_t>(-10000)})
        == 0);
  CHECK(ruled(p, "pidfd_send_signal", {static_cast<std::uint32_t>(-10001)})
        == 0);
  CHECK(ruled(p, "fcntl", {3, 8, 1}) == syscall::trap);
  CHECK(ruled(p, "fcntl", {3, 8, 0}) == 0);
  CHECK(ruled(p, "fcntl", {3, 3}) == 0);
  CHECK(ruled(p, "ioctl", {3, 0x8901}) == EPERM);
  CHECK(ruled(plan_for({}, 6), "ioctl", {3, 0x8901}) == 0);
}

TEST_CASE("without a supervisor it needs leave to go without the signal scope",
          "[plan][abi]") {
  const int abi = GENERATE(1, 2, 3, 4, 5);
  const auto kind = GENERATE(run_kind::unanswered, run_kind::unsupervised);
  const auto made = make_plan(profile{}, {abi}, kind);

  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().line().find("--allow-degraded signal-scope")
        != std::string::npos);
}

TEST_CASE("without Landlock there is no run", "[plan][abi]") {
  CHECK_FALSE(make_plan(**with_everything_degradable().try_build(), {0},
                        run_kind::supervised)
                  .has_value());
}

TEST_CASE("a degradable policy runs on every ABI", "[plan][abi]") {
  const int abi = GENERATE(1, 2, 3, 4, 5, 6, 7);
  const auto p = plan_for(with_everything_degradable(), abi);

  for (const auto what : all_protections)
    CHECK((p.status(what) == protection_status::active)
          == (abi >= required_abi(what)));
}

TEST_CASE("what is disabled is not handled", "[plan]") {
  profile_builder builder;
  for (const auto what : all_protections)
    if (what != protection::fs_refer)
      builder.disable(what);
  const auto p = plan_for(builder.write("/w").connect_port(1), 7);

  CHECK(p.handled_fs == (0xFFFFU & ~(fs::truncate | fs::ioctl_dev)));
  CHECK(p.handled_net == 0);
  CHECK(p.scoped == 0);
  // The kernel refuses rules with rights that are not handled.
  CHECK((p.paths.front().access & ~p.handled_fs) == 0);
  CHECK(p.ports.empty());
}

TEST_CASE("without granted ports nothing connects and nothing listens",
          "[plan][net]") {
  const auto p = plan_for({}, 7, run_kind::unsupervised);

  CHECK(denied(p, "connect") == EACCES);
  CHECK(denied(p, "listen") == EACCES);
  CHECK(ruled(p, "socket", {1, 1, 0}) == 0);
}

TEST_CASE("a supervisor connects and listens, whatever is granted",
          "[plan][net]") {
  const int abi = GENERATE(4, 6, 7);
  const auto builder
      = GENERATE(profile_builder{}, profile_builder{}.connect_port(443),
                 profile_builder{}.bind_port(80));
  const auto p = plan_for(builder, abi);

  CHECK(denied(p, "connect") == syscall::trap);
  CHECK(denied(p, "listen") == syscall::trap);
  CHECK(ruled(p, "socket", {1, 1, 0}) == 0);
  CHECK(ruled(p, "socket", {2, 1, 0}) == 0);
}

TEST_CASE("the lane is told what of sockets is granted", "[plan][net]") {
  const auto told = [](const profile_builder& builder, int abi) {
    const auto made = builder.try_build();
    return socket_rules(**made,
                        *make_plan(**made, {abi}, run_kind::supervised));
  };
  CHECK_FALSE(told({}, 7).connect_tcp);
  CHECK(told(profile_builder{}.connect_port(443), 7).connect_tcp);
  CHECK(told({}, 6).connect_abstract);
  CHECK_FALSE(told({}, 5).connect_abstract);
  CHECK(told(profile_builder{}.bind_port(80), 7).listen_ports
        == std::vector<std::uint16_t>{80});
  CHECK_FALSE(told({}, 4).listen_anywhere);
}

TEST_CASE("without a supervisor, where TCP may connect, socket files cannot be "
          "made",
          "[plan][net]") {
  const auto p = plan_for(profile_builder{}.connect_port(443), 7,
                          run_kind::unsupervised);

  CHECK(denied(p, "connect") == 0);
  CHECK(denied(p, "listen") == EACCES);
  CHECK(ruled(p, "socket", {1, 1, 0}) == EACCES);
  CHECK(ruled(p, "socket", {2, 1, 0}) == 0);
  REQUIRE(p.ports.size() == 1);
  CHECK(p.ports.front().access == landlock::net::connect_tcp);
}

TEST_CASE("only a supervised run refuses another listener", "[plan]") {
  const auto answer = [](run_kind kind) {
    return ruled(plan_for({}, 7, kind), "seccomp", {1, 8});
  };
  CHECK(answer(run_kind::supervised) == EBUSY);
  CHECK(answer(run_kind::unsupervised) == 0);
  CHECK(ruled(plan_for({}, 7), "seccomp", {1, 0}) == 0);
}

TEST_CASE("groups are refused until they are opened", "[plan]") {
  const auto closed = plan_for({}, 7);
  const auto open = plan_for(profile_builder{}.allow_group("metadata"), 7);

  CHECK(denied(closed, "fchmod") == syscall::trap);
  CHECK(denied(closed, "shmget") == EPERM);
  CHECK(denied(open, "fchmod") == 0);
  CHECK(denied(open, "utimensat") == 0);
  CHECK(denied(open, "shmget") == EPERM);
}

TEST_CASE("every plan's filter compiles", "[plan]") {
  const int abi = GENERATE(1, 2, 3, 4, 5, 6, 7);
  auto builder = profile_builder{}
                     .allow_degraded(protection::signal_scope)
                     .deny_syscall("socket")
                     .deny_syscall("ioctl")
                     .deny_syscall("seccomp")
                     .deny_syscall("connect")
                     .deny_syscall("metadata");
  const auto p = plan_for(builder, abi);

  CHECK(seccomp::compile(p.filter).has_value());
  CHECK(denied(p, "ioctl") == EPERM);
}

TEST_CASE("without datagrams a policy traps no message, with them those that "
          "may have an address",
          "[plan][sockets]") {
  profile_builder open;
  open.allow_group("unix_datagram");
  const auto with = plan_for(open, 7), without = plan_for({}, 7);
  using syscall::trap;

  CHECK(denied(with, "sendmsg") == trap);
  CHECK(denied(with, "sendmmsg") == trap);
  CHECK(ruled(with, "sendto", {3, 0, 1, 0, 8, 16}) == trap);
  CHECK(ruled(with, "sendto", {3, 0, 1, 0, 0, 0}) == 0);
  CHECK(ruled(with, "socket", {1, 2, 0}) == 0);
  CHECK(ruled(with, "socketpair", {1, 2, 0}) == 0);
  CHECK(denied(without, "sendmsg") == 0);
  CHECK(denied(without, "sendmmsg") == 0);
  CHECK(ruled(without, "sendto", {3, 0, 1, 0, 8, 16}) == EACCES);
  CHECK(ruled(without, "sendto", {3, 0, 1, 0, 0, 0}) == 0);
  CHECK(ruled(without, "socket", {1, 2, 0}) == EPERM);
  CHECK(ruled(without, "socketpair", {1, 2, 0}) == EPERM);
}

TEST_CASE("datagrams need somebody who sends", "[plan][sockets]") {
  const auto profile
      = *profile_builder{}.allow_group("unix_datagram", "here").try_build();
  const auto kind = GENERATE(run_kind::unsupervised, run_kind::unanswered);

  const auto made = make_plan(*profile, {7}, kind);

  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().line().find("here: unix_datagram needs") == 0);
}

TEST_CASE("datagrams that nothing opens cannot be refused once more",
          "[plan][sockets]") {
  const auto made = profile_builder{}.deny_syscall("unix_datagram").try_build();

  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().line().find("nothing opens it") != std::string::npos);
}
