// Messages with fds and credentials, on AF_UNIX sockets of all kinds, to who
// reads and who does not, in the current directory. The same inside and
// outside, where datagrams are granted. With a word: in that directory.
#include "tests/targets/messages.hpp"

#include <atomic>
#include <thread>
#include <vector>

using namespace probe;

namespace {

/// Room for control messages, built by hand.
struct control {
  alignas(cmsghdr) char bytes[4096] = {};
  std::size_t size = 0;

  template <class T>
  void add(int type, const T* values, std::size_t count,
           int level = SOL_SOCKET) {
    auto* const at = reinterpret_cast<cmsghdr*>(bytes + size);
    at->cmsg_len = CMSG_LEN(count * sizeof(T));
    at->cmsg_level = level;
    at->cmsg_type = type;
    std::memcpy(CMSG_DATA(at), values, count * sizeof(T));
    size += CMSG_SPACE(count * sizeof(T));
  }
};

/// The fds and credentials that come with the next message.
std::string accompanied(int fd) {
  control room;
  message into;
  char text[16];
  into.part = {text, sizeof text};
  into.header.msg_control = room.bytes;
  into.header.msg_controllen = sizeof room.bytes;
  if (::recvmsg(fd, &into.header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
    return outcome(-1);
  std::string said;
  for (auto* at = CMSG_FIRSTHDR(&into.header); at != nullptr;
       at = CMSG_NXTHDR(&into.header, at)) {
    if (at->cmsg_type == SCM_CREDENTIALS) {
      ucred who{};
      std::memcpy(&who, CMSG_DATA(at), sizeof who);
      said += "uid " + std::to_string(who.uid) + " gid "
              + std::to_string(who.gid) + (who.pid > 0 ? " pid " : " none ");
      continue;
    }
    const auto count = (at->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    said += std::to_string(count) + " fds:";
    for (std::size_t i = 0; i < count; ++i) {
      int got = -1;
      std::memcpy(&got, CMSG_DATA(at) + i * sizeof got, sizeof got);
      struct stat facts {};
      ::fstat(got, &facts);
      if (i < 3)
        said
            += " " + std::to_string(facts.st_mode) + "/"
               + std::to_string(::fcntl(got, F_GETFL) & (O_ACCMODE | O_APPEND));
      ::close(got);
    }
  }
  return said;
}

void try_control(const std::string& name, const control& with, int fd,
                 int other, const address* to = nullptr) {
  message what;
  if (to != nullptr) {
    what.header.msg_name = const_cast<char*>(to->bytes);
    what.header.msg_namelen = to->size;
  }
  what.header.msg_control = const_cast<char*>(with.bytes);
  what.header.msg_controllen = with.size;
  report("control, " + name, send_message(fd, what));
  say("with it", accompanied(other));
  drain(other);
}

void fds(int fd, int other, const address* to) {
  const int path = ::open(".", O_PATH | O_CLOEXEC);
  const int file = ::open("plain", O_RDWR | O_APPEND | O_CLOEXEC);
  const std::vector<int> both{file, path}, bad{file, 900}, negative{-1},
      many(253, file), more(254, file);
  control one, two, nothing, wrong, minus, most, too_many, twice;
  one.add(SCM_RIGHTS, both.data(), 1);
  try_control("one fd", one, fd, other, to);
  two.add(SCM_RIGHTS, both.data(), 2);
  try_control("two fds", two, fd, other, to);
  nothing.add(SCM_RIGHTS, both.data(), 0);
  try_control("no fds", nothing, fd, other, to);
  wrong.add(SCM_RIGHTS, bad.data(), 2);
  try_control("closed fd", wrong, fd, other, to);
  minus.add(SCM_RIGHTS, negative.data(), 1);
  try_control("negative fd", minus, fd, other, to);
  most.add(SCM_RIGHTS, many.data(), many.size());
  try_control("253 fds", most, fd, other, to);
  too_many.add(SCM_RIGHTS, more.data(), more.size());
  try_control("254 fds", too_many, fd, other, to);
  twice.add(SCM_RIGHTS, both.data(), 2);
  twice.add(SCM_RIGHTS, both.data(), 1);
  try_control("fds twice", twice, fd, other, to);
  control short_one = one;
  for (const std::size_t size : {1UL, 15UL, 16UL, 17UL, 19UL}) {
    short_one.size = size;
    try_control("size " + std::to_string(size), short_one, fd, other, to);
  }
  control unknown, elsewhere;
  unknown.add(99, both.data(), 1);
  try_control("unknown", unknown, fd, other, to);
  elsewhere.add(SCM_RIGHTS, both.data(), 1, SOL_SOCKET + 1);
  try_control("other level", elsewhere, fd, other, to);
  ::close(path);
  ::close(file);
}

void credentials(int fd, int other, const address* to) {
  const int on = 1;
  ::setsockopt(other, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  const ucred own{::getpid(), ::getuid(), ::getgid()};
  ucred parents = own, roots = own, wheel = own, none = own;
  parents.pid = ::getppid();
  roots.uid = own.uid + 1;
  wheel.gid = own.gid + 1;
  none.uid = static_cast<uid_t>(-1);
  for (const auto& [name, who] : {std::pair{"own", own},
                                  {"parent's", parents},
                                  {"another user's", roots},
                                  {"another group's", wheel},
                                  {"nobody's", none}}) {
    control with;
    with.add(SCM_CREDENTIALS, &who, 1);
    try_control(std::string("credentials, ") + name, with, fd, other, to);
  }
  control short_one;
  short_one.add(SCM_CREDENTIALS, &own.pid, 1);
  try_control("credentials, short", short_one, fd, other, to);
  try_control("none given", {}, fd, other, to);
}

/// Sends `size` bytes while another thread reads them: their sum, as text.
std::string through(int type, std::size_t size) {
  int pair[2];
  ::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair);
  unsigned long sum = 0;
  std::size_t got = 0;
  std::thread reader{[&] {
    std::string room(65'536, '\0');
    for (ssize_t n; (n = ::read(pair[1], room.data(), room.size())) > 0;)
      for (ssize_t i = 0; i < n; ++i)
        sum = sum * 31 + static_cast<unsigned char>(room[i]), ++got;
  }};
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i)
    text[i] = static_cast<char>(i * 7 + i / 256);
  message what;
  what.part = {text.data(), text.size()};
  const long sent = send_message(pair[0], what);
  ::close(pair[0]);
  reader.join();
  ::close(pair[1]);
  return std::to_string(sent) + " " + std::to_string(got) + " "
         + std::to_string(sum);
}

void streams() {
  const address to("server");
  int pair[2], packets[2];
  ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
  ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, packets);
  report("stream, name", send_message(pair[0], message(to)));
  report("stream, not connected",
         send_message(local(SOCK_STREAM), message(to)));
  report("stream, sendto",
         call(SYS_sendto, pair[0], "x", 1, 0, to.bytes, to.size));
  report("packets, name", send_message(packets[0], message(to)));
  say("packets", arrived(packets[1]));
  report("packets, sendto",
         call(SYS_sendto, packets[0], "x", 1, 0, to.bytes, to.size));
  report("packets, not connected",
         send_message(local(SOCK_SEQPACKET), message(to)));
  fds(pair[0], pair[1], nullptr);
  fds(packets[0], packets[1], nullptr);
  credentials(pair[0], pair[1], nullptr);
  for (const std::size_t size :
       {0UL, 1UL, 100'000UL, 262'144UL, 262'145UL, 1'048'577UL, 5'000'000UL})
    say("through, " + std::to_string(size), through(SOCK_STREAM, size));
  say("through, packets", through(SOCK_SEQPACKET, 100'000));
  std::string much;
  much.resize(20'000'000, 'x');
  message what;
  what.part = {much.data(), much.size()};
  const long some = send_message(pair[0], what, MSG_DONTWAIT);
  say("without waiting", some > 0 && some < 20'000'000 ? "some" : "not some");
  report("without waiting, full", send_message(pair[0], what, MSG_DONTWAIT));
  ::close(pair[1]);
  ::close(packets[1]);
  report("nobody reads", send_message(pair[0], message(), MSG_NOSIGNAL));
  report("nobody reads packets", send_message(packets[0], message()));
  for (const int flags : {0, static_cast<int>(MSG_NOSIGNAL)})
    in_child("nobody reads, signal", [&] {
      int ends[2];
      ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
      ::close(ends[1]);
      return send_message(ends[0], message(), flags);
    });
}

void pairs() {
  int pair[2];
  report("pair", ::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair));
  report("send", ::send(pair[0], "text", 4, 0));
  report("sendmsg", send_message(pair[0], message()));
  say("arrived", arrived(pair[1]));
  const address to("server"), missing("missing");
  report("connect", call(SYS_connect, pair[0], to.bytes, to.size));
  report("send", ::send(pair[0], "anew", 4, 0));
  say("arrived", arrived(server));
  report("connect to nothing",
         call(SYS_connect, pair[0], missing.bytes, missing.size));
  const address nobody(std::string(6, '\0'), AF_UNSPEC);
  report("disconnect", call(SYS_connect, pair[0], nobody.bytes, nobody.size));
  report("send", ::send(pair[0], "none", 4, 0));
  fds(pair[1], server, &to);
  credentials(local(), server, &to);
}

std::atomic<int> hits;

/// The receiver's queue is full: 10 messages, or as many as it takes.
void full() {
  const address to("server");
  const int fd = local();
  while (call(SYS_sendto, fd, "x", 1, MSG_DONTWAIT, to.bytes, to.size) == 1)
    ;
  report("full", call(SYS_sendto, fd, "x", 1, MSG_DONTWAIT, to.bytes, to.size));
  report("full, sendmsg", send_message(fd, message(to), MSG_DONTWAIT));
  const int quick = local(SOCK_DGRAM | SOCK_NONBLOCK);
  report("full, quick", send_message(quick, message(to)));
  const int limited = local();
  const timeval soon{0, 50'000};
  ::setsockopt(limited, SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof soon);
  report("full, with a limit", send_message(limited, message(to)));
  std::thread reader{[&] {
    ::usleep(100'000);
    drain(server);
  }};
  report("full, waits", send_message(fd, message(to)));
  reader.join();
  drain(server);
  while (call(SYS_sendto, fd, "x", 1, MSG_DONTWAIT, to.bytes, to.size) == 1)
    ;
  for (const int flags : {0, SA_RESTART}) {
    struct sigaction catching {};
    catching.sa_handler = [](int) {
      ++hits;
      // A call that is started again finds room.
      drain(server);
    };
    catching.sa_flags = flags;
    ::sigaction(SIGALRM, &catching, nullptr);
    ::ualarm(100'000, 0);
    report("full, a signal comes", send_message(fd, message(to)));
    say("hits", std::to_string(hits));
    while (call(SYS_sendto, fd, "x", 1, MSG_DONTWAIT, to.bytes, to.size) == 1)
      ;
  }
}

} // namespace

int main(int argc, char** argv) {
  if (argc > 1 && ::chdir(argv[1]) != 0)
    return 2;
  ::close(::open("plain", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  server = bound("server");
  streams();
  pairs();
  full();
}
