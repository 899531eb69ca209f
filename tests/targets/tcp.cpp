// Ways to a TCP listener outside, and other ways to the network.
//
// port=N (the listener, on 127.0.0.1)
#include "tests/targets/probe.hpp"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

using namespace probe;

namespace {

constexpr int mptcp = 262;
constexpr int sctp = 132;

sockaddr_in to_port(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int stream(int protocol = 0) {
  return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, protocol);
}

long connected(int fd, int port) {
  const sockaddr_in address = to_port(port);
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&address),
                   sizeof address);
}

/// A message header with everything in one place.
struct message {
  explicit message(int port)
      : address(to_port(port)) {
    header.msg_name = &address;
    header.msg_namelen = sizeof address;
    header.msg_iov = &part;
    header.msg_iovlen = 1;
  }
  message(const message&) = delete;
  message& operator=(const message&) = delete;
  ~message() = default;

  sockaddr_in address;
  char byte = 'x';
  iovec part{&byte, 1};
  msghdr header{};
};

void connects(int port) {
  report("connect", connected(stream(), port));
  report("connect_v6_mapped", [&] {
    const int fd = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(static_cast<std::uint16_t>(port));
    ::inet_pton(AF_INET6, "::ffff:127.0.0.1", &address.sin6_addr);
    return ::connect(fd, reinterpret_cast<const sockaddr*>(&address),
                     sizeof address);
  }());
  report("mptcp", connected(stream(mptcp), port));
  report("fastopen_connect", [&] {
    const int fd = stream();
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof on);
    if (connected(fd, port) != 0)
      return -1L;
    return static_cast<long>(::send(fd, "x", 1, MSG_NOSIGNAL));
  }());
}

void fast_open(int port) {
  const sockaddr_in address = to_port(port);
  report("fastopen_sendto",
         ::sendto(stream(), "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL,
                  reinterpret_cast<const sockaddr*>(&address), sizeof address));
  message one(port);
  report("fastopen_sendmsg",
         ::sendmsg(stream(), &one.header, MSG_FASTOPEN | MSG_NOSIGNAL));
  message two(port);
  mmsghdr many{two.header, 0};
  report("fastopen_sendmmsg",
         ::sendmmsg(stream(), &many, 1, MSG_FASTOPEN | MSG_NOSIGNAL));
}

void datagrams(int port) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  report("udp_socket", fd);
  const sockaddr_in address = to_port(port);
  report("udp_sendto",
         ::sendto(fd, "x", 1, MSG_NOSIGNAL,
                  reinterpret_cast<const sockaddr*>(&address), sizeof address));
  message one(port);
  report("udp_sendmsg", ::sendmsg(fd, &one.header, MSG_NOSIGNAL));
  report("icmp_socket",
         ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP));
  report("raw_socket", ::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
  report("sctp_socket", stream(sctp));
}

void options() {
  const int fd = stream();
  // A loose source route through 127.0.0.1.
  const unsigned char route[] = {131, 7, 4, 127, 0, 0, 1, 0};
  report("ip_options",
         ::setsockopt(fd, IPPROTO_IP, IP_OPTIONS, route, sizeof route));
  report("bind_to_device",
         ::setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
  const int on = 1;
  report("tcp_repair",
         ::setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof on));
  const int fd6 = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // Segment routing, one segment: ::1.
  unsigned char header[24] = {0, 2, 4};
  header[23] = 1;
  report("routing_header",
         ::setsockopt(fd6, IPPROTO_IPV6, IPV6_RTHDR, header, sizeof header));
  report("sctp_option", ::setsockopt(fd, sctp, 110, &on, sizeof on));
  char buffer[256] = {};
  report("interface_list", ::ioctl(fd, SIOCGIFCONF, buffer));
  report("ethtool", ::ioctl(fd, SIOCETHTOOL, buffer));
  // What programs need goes on working.
  report("nodelay", ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  report("reuse_address",
         ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
}

void servers() {
  report("listen_without_bind", ::listen(stream(), 1));
  const int fd = stream();
  sockaddr_in any = to_port(0);
  report("bind_port_0",
         ::bind(fd, reinterpret_cast<const sockaddr*>(&any), sizeof any));
}

} // namespace

int main(int argc, char** argv) {
  const facts told(argc, argv);
  const int port = told.number("port");
  connects(port);
  fast_open(port);
  datagrams(port);
  options();
  servers();
}
