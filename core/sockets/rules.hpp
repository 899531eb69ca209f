// What a policy grants of sockets.
#pragma once

#include <cstdint>
#include <vector>

namespace cordon::sockets {

/// What of sockets a policy grants, besides its write grants.
struct rules {
  /// Some port may be connected to: Landlock then knows which.
  bool connect_tcp = false;
  /// Abstract names may be connected to: Landlock keeps them in scope, or
  /// nothing shall.
  bool connect_abstract = false;
  /// Messages that name their receiver may be sent: sendto(2), sendmsg(2) and
  /// sendmmsg(2) are trapped.
  bool datagrams = false;
  /// Ports that may be listened on; 0: any that the kernel chose.
  std::vector<std::uint16_t> listen_ports;
  /// Any bound or unbound socket may listen when there is some port.
  bool listen_anywhere = false;
};

} // namespace cordon::sockets
