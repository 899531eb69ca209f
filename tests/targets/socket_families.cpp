// socket(2) and socketpair(2) for every family and type.
#include "tests/targets/probe.hpp"

#include <sys/socket.h>

#include <string>

using namespace probe;

namespace {

constexpr int families = 64; // past AF_MAX of any kernel so far
constexpr int types[]
    = {SOCK_STREAM, SOCK_DGRAM,  SOCK_RAW, SOCK_RDM, SOCK_SEQPACKET,
       SOCK_DCCP,   SOCK_PACKET, 0,        15};
constexpr int flags[]
    = {0, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_CLOEXEC | SOCK_NONBLOCK};

void try_socket(int family, int type, int flag) {
  const int fd = ::socket(family, type | flag, 0);
  report("socket_" + std::to_string(family) + "_" + std::to_string(type) + "_"
             + std::to_string(flag),
         fd);
  if (fd >= 0)
    ::close(fd);
}

void try_pair(int family, int type) {
  int pair[2];
  const int result = ::socketpair(family, type, 0, pair);
  report("pair_" + std::to_string(family) + "_" + std::to_string(type), result);
  if (result == 0) {
    ::close(pair[0]);
    ::close(pair[1]);
  }
}

} // namespace

int main() {
  for (int family = 0; family < families; ++family)
    for (const int type : types) {
      for (const int flag : flags)
        try_socket(family, type, flag);
      try_pair(family, type);
    }
  // Protocols of the two families that remain.
  for (const int protocol : {0, 1, 2, 6, 17, 33, 58, 132, 136, 143, 255, 262})
    for (const int family : {AF_INET, AF_INET6}) {
      const int fd = ::socket(family, SOCK_STREAM, protocol);
      report("stream_" + std::to_string(family) + "_"
                 + std::to_string(protocol),
             fd);
      if (fd >= 0)
        ::close(fd);
    }
}
