// Ways to a socket file outside.
//
// path=FILE (a stream listener)  own=FILE (another, that may be reached)
// [flips=N]: connects that often while a thread changes the address, or until
// that leads to the listener
#include "tests/targets/unix_sockets.hpp"

#include <atomic>
#include <string>
#include <thread>

using namespace probe;

namespace {

long reach_by(const std::string& path, int type) {
  return with_socket(type, [&](int fd) { return connect_to(fd, path); });
}

long reach(const std::string& path) {
  return reach_by(path, SOCK_STREAM);
}

void by_descriptor(const std::string& path) {
  const int file = ::open(path.c_str(), O_PATH | O_CLOEXEC);
  by_names_of_fd(file, reach);
  report("fd of the thread",
         reach("/proc/thread-self/fd/" + std::to_string(file)));
  report("fd of /dev", reach("/dev/fd/" + std::to_string(file)));
  const int directory = ::open(directory_of(path).c_str(), O_PATH | O_CLOEXEC);
  report("through a directory's fd",
         reach("/proc/self/fd/" + std::to_string(directory) + "/"
               + file_of(path)));
  report("working directory", [&]() -> long {
    const int here = ::open(".", O_PATH | O_CLOEXEC);
    if (::chdir(directory_of(path).c_str()) != 0)
      return -1;
    const long result = reach(file_of(path));
    const int error = errno;
    static_cast<void>(::fchdir(here));
    errno = error;
    return result;
  }());
}

void by_message(const std::string& path) {
  const auto to = named(path);
  const auto* const address = reinterpret_cast<const sockaddr*>(&to);
  report("datagram", reach_by(path, SOCK_DGRAM));
  const int datagram = local(SOCK_DGRAM);
  report("sendto",
         ::sendto(datagram, "x", 1, MSG_NOSIGNAL, address, sizeof to));
  // On a stream an address means nothing, or an error.
  int pair[2];
  ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
  report("connect, connected", ::connect(pair[0], address, sizeof to));
  report("sendto, connected",
         ::sendto(pair[0], "x", 1, MSG_NOSIGNAL, address, sizeof to));
  msghdr message{};
  iovec part{pair, 1};
  message.msg_name = const_cast<sockaddr*>(address);
  message.msg_namelen = sizeof to;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  report("sendmsg, connected", ::sendmsg(pair[0], &message, MSG_NOSIGNAL));
  report("sendmsg, stream",
         ::sendmsg(local(SOCK_STREAM), &message, MSG_NOSIGNAL));
  report("sendmsg, packets",
         ::sendmsg(local(SOCK_SEQPACKET), &message, MSG_NOSIGNAL));
}

/// Another thread swaps the address while this one connects.
void flip(const std::string& path, int times) {
  static sockaddr_un to;
  const sockaddr_un good = named("mine"), bad = named(path);
  const int mine = local(SOCK_STREAM);
  ::unlink("mine");
  report("mine",
         ::bind(mine, reinterpret_cast<const sockaddr*>(&good), sizeof good));
  ::listen(mine, times);
  to = good;
  std::atomic<bool> done{false};
  std::thread other{[&] {
    while (!done) {
      std::memcpy(to.sun_path, bad.sun_path, sizeof to.sun_path);
      std::memcpy(to.sun_path, good.sun_path, sizeof to.sun_path);
    }
  }};
  int reached = 0, refused = 0;
  bool reached_other = false;
  for (int i = 0; i < times && !reached_other; ++i) {
    const int fd = local(SOCK_STREAM | SOCK_NONBLOCK);
    const long result
        = ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to);
    (result == 0 ? reached : refused) += 1;
    sockaddr_un peer{};
    socklen_t size = sizeof peer;
    ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size);
    reached_other = result == 0 && path == peer.sun_path;
    ::close(fd);
  }
  done = true;
  other.join();
  report_flips(reached_other, reached, refused);
}

} // namespace

int main(int argc, char** argv) {
  const facts told(argc, argv);
  const std::string path = told.text("path"), own = told.text("own");
  report("own", reach(own));
  if (told.has("flips")) {
    flip(path, told.number("flips"));
    return 0;
  }
  by_descriptor(path);
  by_message(path);
  by_names(path, reach);
  report("renamed", ::rename(path.c_str(), "taken") == 0 ? reach("taken") : -1);
}
