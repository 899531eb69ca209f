// Datagrams to a socket file outside.
//
// path=FILE (a receiver)  own=FILE (another, that may be reached)
// [names=1]: by names instead of calls
// [flips=N]: sends that often to a file of its own while threads change the
// address, the message and what the fd is, or until the receiver gets one
#include "tests/targets/unix_sockets.hpp"

#include <sys/ioctl.h>

#include <atomic>
#include <string>
#include <thread>

using namespace probe;

namespace {

struct letter {
  sockaddr_un to;
  char byte = 'x';
  iovec part{&byte, 1};
  msghdr header{};

  explicit letter(const std::string& path)
      : to(named(path)) {
    header.msg_name = &to;
    header.msg_namelen = sizeof to;
    header.msg_iov = &part;
    header.msg_iovlen = 1;
  }
  letter(const letter&) = delete;
  letter& operator=(const letter&) = delete;
  ~letter() = default;
};

long send_to(int fd, const std::string& path) {
  const auto to = named(path);
  return ::sendto(fd, "x", 1, MSG_DONTWAIT,
                  reinterpret_cast<const sockaddr*>(&to), sizeof to);
}

long reach(const std::string& path) {
  return with_socket(SOCK_DGRAM, [&](int fd) { return send_to(fd, path); });
}

void by_name(const std::string& path) {
  by_names(path, reach);
  by_names_of_fd(::open(path.c_str(), O_PATH | O_CLOEXEC), reach);
}

void by_call(const std::string& path) {
  letter one(path);
  report("sendmsg", ::sendmsg(local(SOCK_DGRAM), &one.header, 0));
  mmsghdr many[2] = {};
  many[0].msg_hdr = one.header;
  many[1].msg_hdr = one.header;
  report("sendmmsg", ::sendmmsg(local(SOCK_DGRAM), many, 2, 0));
  report("connect", connect_to(local(SOCK_DGRAM), path));
  int pair[2] = {-1, -1};
  report("pair", ::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair));
  report("sendto by a pair", send_to(pair[0], path));
  report("sendmsg by a pair", ::sendmsg(pair[0], &one.header, 0));
  report("connect a pair", connect_to(pair[0], path));
  report("send by a pair", [&]() -> long {
    // What was connected anew has its other end no more.
    ::close(pair[1]);
    return ::send(pair[0], "x", 1, 0);
  }());
  report("raw type", [&]() -> long {
    const int fd = ::socket(AF_UNIX, SOCK_RAW | SOCK_CLOEXEC, 0);
    return fd < 0 ? -1 : send_to(fd, path);
  }());
}

/// Threads change all that a call is about while it is made.
void flip(const std::string& path, int times) {
  const int receiver = local(SOCK_DGRAM);
  ::unlink("mine");
  const auto own = named("mine");
  report("mine",
         ::bind(receiver, reinterpret_cast<const sockaddr*>(&own), sizeof own));
  static letter good("mine"), bad(path);
  static letter shared("mine");
  const int datagram = local(SOCK_DGRAM), changing = ::dup(datagram);
  int stream[2];
  ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, stream);
  std::atomic<bool> done{false};
  std::thread address{[&] {
    while (!done) {
      std::memcpy(shared.to.sun_path, bad.to.sun_path, sizeof bad.to.sun_path);
      std::memcpy(shared.to.sun_path, good.to.sun_path,
                  sizeof good.to.sun_path);
      shared.header.msg_name = &bad.to;
      shared.header.msg_name = &shared.to;
    }
  }};
  std::thread descriptor{[&] {
    while (!done) {
      ::dup2(stream[0], changing);
      ::dup2(datagram, changing);
    }
  }};
  int reached = 0, refused = 0, elsewhere = 0;
  for (int i = 0; i < times && elsewhere == 0; ++i) {
    mmsghdr many[1] = {};
    many[0].msg_hdr = shared.header;
    const long said[]
        = {::sendmsg(datagram, &shared.header, MSG_DONTWAIT),
           ::sendto(datagram, "x", 1, MSG_DONTWAIT,
                    reinterpret_cast<const sockaddr*>(&shared.to),
                    sizeof shared.to),
           ::sendmmsg(datagram, many, 1, MSG_DONTWAIT),
           ::sendmsg(changing, &bad.header, MSG_DONTWAIT | MSG_NOSIGNAL)};
    for (const long each : said)
      (each >= 0 ? reached : refused) += 1;
    char byte;
    while (::recv(receiver, &byte, 1, MSG_DONTWAIT) >= 0)
      ;
    while (::recv(stream[1], &byte, 1, MSG_DONTWAIT) > 0)
      ;
    // What is not in our receiver lies in another's.
    ::ioctl(datagram, TIOCOUTQ, &elsewhere);
  }
  done = true;
  address.join();
  descriptor.join();
  report_flips(elsewhere > 0, reached, refused);
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
  // A receiver has room for ten.
  if (told.has("names"))
    by_name(path);
  else
    by_call(path);
}
