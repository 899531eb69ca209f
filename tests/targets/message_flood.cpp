// message_flood: calls that send as many messages, with as many fds, as one
// can, while another thread changes the mode of a file in the current
// directory. Whether those calls had their turn in the middle of such a one.
#include "tests/targets/probe.hpp"

#include <sys/socket.h>
#include <sys/stat.h>

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

using namespace probe;

namespace {

constexpr std::size_t most_messages = 1024, most_fds = 253;

/// Whoever reads keeps the sender from waiting.
void read_all(int socket) {
  char bytes[64];
  while (::recv(socket, bytes, sizeof bytes, 0) > 0) {
  }
}

struct flood {
  explicit flood(int fd) {
    auto* const rights = reinterpret_cast<cmsghdr*>(room);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(most_fds * sizeof(int));
    for (std::size_t i = 0; i < most_fds; ++i)
      std::memcpy(CMSG_DATA(rights) + i * sizeof fd, &fd, sizeof fd);
    for (auto& each : all) {
      each.msg_hdr.msg_iov = &part;
      each.msg_hdr.msg_iovlen = 1;
      each.msg_hdr.msg_control = room;
      each.msg_hdr.msg_controllen = sizeof room;
    }
  }
  char byte = 'm';
  iovec part{&byte, 1};
  alignas(cmsghdr) char room[CMSG_SPACE(most_fds * sizeof(int))] = {};
  std::vector<mmsghdr> all{most_messages};
};

} // namespace

int main() {
  constexpr int tries = 50;
  constexpr long enough = 5; // one or two may be at the ends of the call
  int pair[2];
  const int file = ::open("mode", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || ::socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0)
    return 99;
  std::thread(read_all, pair[1]).detach();
  std::atomic<bool> sends = false;
  std::atomic<long> turns = 0;
  std::thread([&] {
    while (true)
      if (sends && ::chmod("mode", 0600) == 0 && sends)
        ++turns;
  }).detach();
  flood what(file);
  bool all_sent = true;
  for (int i = 0; i < tries && turns < enough; ++i) {
    turns = 0;
    sends = true;
    const int sent = ::sendmmsg(pair[0], what.all.data(), most_messages, 0);
    sends = false;
    all_sent = all_sent && sent == most_messages;
  }
  say("sent", all_sent ? "all" : "some");
  say("turns", turns >= enough ? "yes" : "no");
  std::fflush(stdout);
  ::_exit(0);
}
