// Names that the whole host shares, and the network.
#include "tests/support/outside.hpp"
#include "tests/support/probes.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <sys/socket.h>

#include <set>

using namespace cordon::test;
using enum shown;

namespace {

std::vector<probe_row> tcp_rows(const char* connect, const char* listen) {
  return {{"connect", "ok", connect},
          {"connect_v6_mapped", "ok", connect, here},
          {"mptcp", "ok", "EPROTONOSUPPORT|EACCES|EBADF", here},
          {"fastopen_connect", "ok", connect, here},
          {"fastopen_sendto", "ok", "EOPNOTSUPP", here},
          {"fastopen_sendmsg", "ok", "EOPNOTSUPP", here},
          {"fastopen_sendmmsg", "ok", "EOPNOTSUPP", here},
          {"udp_socket", "ok", "EPERM"},
          {"udp_sendto", "ok", "EACCES|EPERM|EBADF"},
          {"udp_sendmsg", "ok", "EACCES|EPERM|EBADF"},
          {"icmp_socket", "ok", "EPERM", here},
          {"raw_socket", "ok", "EPERM", to_root},
          {"sctp_socket", "ok", "EPROTONOSUPPORT", here},
          {"ip_options", "ok", "EPERM", to_root},
          {"bind_to_device", "ok", "EPERM", here},
          {"tcp_repair", "ok", "EPERM", to_root},
          {"routing_header", "ok", "EPERM", here},
          {"sctp_option", "ok", "EPERM|ENOPROTOOPT", here},
          {"interface_list", "ok", "EPERM"},
          {"ethtool", "ENODEV|EOPNOTSUPP|EFAULT", "EPERM", here},
          {"nodelay", "ok", "ok", nowhere},
          {"reuse_address", "ok", "ok", nowhere},
          {"listen_without_bind", "ok", listen},
          {"bind_port_0", "ok", "EACCES"}};
}

} // namespace

TEST_CASE("objects with host-wide names are out of reach",
          "[e2e][abuse-49][threat-16]") {
  const world place(GENERATE(from_range(everybody())));
  const ipc_objects objects;
  auto stream = unix_listener::abstract(unique_name("stream"), SOCK_STREAM);
  auto datagram = unix_listener::abstract(unique_name("datagram"), SOCK_DGRAM);
  auto path = unix_listener::at(place.files() / "outside/socket");
  const words program{programs::target("ipc"),
                      "key=" + std::to_string(objects.key),
                      "shm=" + std::to_string(objects.shm),
                      "sem=" + std::to_string(objects.sem),
                      "msg=" + std::to_string(objects.msg),
                      "queue=" + objects.queue,
                      "file=" + objects.file,
                      "stream=" + stream.name(),
                      "datagram=" + datagram.name(),
                      "path=" + path.name()};

  const answers inside = answers_of(place.confined({}, program));
  CHECK(stream.arrivals() + datagram.arrivals() + path.arrivals() == 0);
  const answers outside = answers_of(place.outside(program));
  CHECK(stream.arrivals() > 0);
  CHECK(datagram.arrivals() > 0);
  CHECK(path.arrivals() > 0);

  const char* const sysv = "EPERM|EACCES|ENOSYS";
  const char* const socket = "EPERM|EACCES|ECONNREFUSED|EBADF";
  std::vector<probe_row> rows{
      {"mq_open", "ok", "ENOSYS|EPERM|EACCES"},
      {"mq_open_new", "ok", "ENOSYS|EPERM|EACCES"},
      {"mq_unlink", "ok", "ENOSYS|EPERM|EACCES"},
      {"shm_file", "ok", "EACCES"},
      {"abstract_connect", "ok", socket},
      {"abstract_sendto", "ok", socket},
      {"abstract_datagram_connect", "ok", socket},
      {"abstract_reconnected_pair", "ok", socket},
      {"path_connect", "ok", socket},
      {"path_connect_relative", "ok", socket},
      {"own_socketpair", "ok", "ok", nowhere},
      {"own_sendto_without_address", "ok", "ok", nowhere}};
  for (const char* name : {"shmget", "shmget_private", "shmat", "shmctl",
                           "shmctl_any", "semget", "semop", "semtimedop",
                           "semctl", "msgget", "msgsnd", "msgrcv", "msgctl"})
    rows.push_back({name, "ok", sysv});
  const int proofs = compare(rows, place.who(), outside, inside);
  CHECK(proofs >= 20);
}

TEST_CASE("with --net-allow, abstract sockets outside stay out of reach",
          "[e2e][abuse-49][threat-16]") {
  const world place(GENERATE(from_range(everybody())));
  const ipc_objects objects;
  auto stream = unix_listener::abstract(unique_name("stream"), SOCK_STREAM);
  auto path = unix_listener::at(place.files() / "outside/socket");
  const words program{programs::target("ipc"),
                      "key=" + std::to_string(objects.key),
                      "shm=1",
                      "sem=1",
                      "msg=1",
                      "queue=/none",
                      "file=/none",
                      "stream=" + stream.name(),
                      "datagram=none",
                      "path=" + path.name()};

  const answers inside
      = answers_of(place.confined({"--net-allow", ":1"}, program));

  CHECK(stream.arrivals() + path.arrivals() == 0);
  for (const char* name :
       {"abstract_connect", "path_connect", "path_connect_relative"}) {
    INFO(name << "=" << inside.at(name));
    CHECK(is_one_of(inside.at(name), "EPERM|EACCES|EBADF"));
  }
  CHECK(inside.at("own_socketpair") == "ok");
}

TEST_CASE("nothing reaches a TCP listener outside, by any call",
          "[e2e][abuse-58][A-04.33]") {
  const world place(GENERATE(from_range(everybody())));
  tcp_listener listener;
  const words program{programs::target("tcp"),
                      "port=" + std::to_string(listener.port())};

  const answers inside = answers_of(place.confined({}, program));
  CHECK(listener.arrivals() == 0);
  const answers outside = answers_of(place.outside(program));
  CHECK(listener.arrivals() >= 6);

  const int proofs
      = compare(tcp_rows("EACCES", "EACCES"), place.who(), outside, inside);
  CHECK(proofs >= 5);
}

TEST_CASE("a grant for one port reaches no other, by any call",
          "[e2e][abuse-58]") {
  const world place(GENERATE(from_range(everybody())));
  tcp_listener listener;
  tcp_listener granted;
  const words options{"--net-allow", ":" + std::to_string(granted.port())};
  const words program{programs::target("tcp"),
                      "port=" + std::to_string(listener.port())};

  const answers inside = answers_of(place.confined(options, program));
  CHECK(listener.arrivals() == 0);
  const answers outside = answers_of(place.outside(program));
  CHECK(listener.arrivals() >= 6);
  compare(tcp_rows("EACCES", "EACCES"), place.who(), outside, inside);

  const answers to_granted = answers_of(
      place.confined(options, {programs::target("tcp"),
                               "port=" + std::to_string(granted.port())}));
  CHECK(to_granted.at("connect") == "ok");
  CHECK(granted.arrivals() >= 1);
}

TEST_CASE("of all socket families and types only streams are left",
          "[e2e][threat-19]") {
  const world place(GENERATE(from_range(everybody())));
  const words program{programs::target("socket_families")};
  std::set<std::string> expected;
  for (const char* flag : {"_0", "_2048", "_524288", "_526336"})
    for (const char* kind : {"1_1", "1_5", "2_1", "10_1"})
      expected.insert(std::string("socket_").append(kind).append(flag));
  expected.insert({"pair_1_1", "pair_1_5", "stream_2_0", "stream_10_0",
                   "stream_2_6", "stream_10_6"});

  const answers inside = answers_of(place.confined({}, program));
  const answers outside = answers_of(place.outside(program));

  std::set<std::string> allowed;
  int proofs = 0;
  for (const auto& [name, outcome] : inside) {
    INFO(name << "=" << outcome << " as " << place.who().name);
    if (outcome == "ok")
      allowed.insert(name);
    else
      CHECK(is_one_of(outcome, "EPERM|EAFNOSUPPORT|EPROTONOSUPPORT|"
                               "ESOCKTNOSUPPORT|EOPNOTSUPP|EINVAL"));
    proofs += outcome != "ok" && outside.at(name) == "ok";
  }
  CHECK(allowed == expected);
  CHECK(inside.size() == outside.size());
  // Datagrams of three families, netlink, and more where the kernel has it.
  CHECK(proofs >= 12);
}
