// connect(2) and listen(2) on AF_UNIX sockets, with sound and unsound
// arguments, in the current directory. The same inside and outside.
#include "tests/targets/unix_sockets.hpp"

#include <netinet/in.h>
#include <sys/stat.h>

#include <cstddef>
#include <string>

using namespace probe;

namespace {

int stream_server, path_fd;

using probe::local;

int local() {
  return local(SOCK_STREAM);
}

long connect_to(int fd, const address& to) {
  return call(SYS_connect, fd, to.bytes, to.size);
}

void attempt(const std::string& what, const address& to,
             int type = SOCK_STREAM) {
  const int fd = local(type);
  report("connect, " + what, connect_to(fd, to));
  ::close(fd);
}

int server(const std::string& name, int type) {
  const int fd = local(type);
  const address to(name);
  report("bind " + std::to_string(type) + " " + std::to_string(name[0]),
         call(SYS_bind, fd, to.bytes, to.size));
  report("listen", ::listen(fd, 3));
  return fd;
}

std::string absolute(const std::string& name) {
  char here[4096];
  return std::string(::getcwd(here, sizeof here)) + "/" + name;
}

void names() {
  attempt("name", address("stream"));
  attempt("name with NUL", address(std::string("stream\0", 7)));
  attempt("name and more", address(std::string("stream\0other", 12)));
  attempt("absolute", address(absolute("stream")));
  attempt("dots", address("./directory/../stream"));
  attempt("link", address("link"));
  attempt("link in the way", address("way/stream"));
  attempt("dangling", address("dangling"));
  attempt("loop", address("loop"));
  attempt("missing", address("missing"));
  attempt("below a file", address("plain/x"));
  attempt("file", address("plain"));
  attempt("directory", address("directory"));
  attempt("slash at the end", address("stream/"));
  attempt("closed", address("closed"));
  attempt("no permission", address("secret"));
  attempt("own O_PATH fd", address("/proc/self/fd/" + std::to_string(path_fd)));
  attempt("other type", address("packets"));
  attempt("packets", address("packets"), SOCK_SEQPACKET);
  attempt("full", address(std::string(108, 'x')));
  attempt("padded", address("stream" + std::string(102, '\0')));
  attempt("abstract", address(std::string("\0", 1) + absolute("")));
  attempt("abstract missing", address(std::string("\0no", 3)));
  attempt("abstract, longer name", address(std::string("\0no\0x", 5)));
}

void sizes() {
  for (const int size : {-1, 0, 1, 2, 3, 110, 111, 128, 129, 1 << 20}) {
    const int fd = local();
    const address to("stream");
    report("connect, size " + std::to_string(size),
           call(SYS_connect, fd, to.bytes, size));
    report("connect, null, size " + std::to_string(size),
           call(SYS_connect, fd, nullptr, size));
    report("connect, bad pointer, size " + std::to_string(size),
           call(SYS_connect, fd, 8, size));
    report("connect, closed fd, bad pointer, size " + std::to_string(size),
           call(SYS_connect, 900, 8, size));
    report("connect, file, bad pointer, size " + std::to_string(size),
           call(SYS_connect, 0, 8, size));
    ::close(fd);
  }
}

void families() {
  for (const int family : {AF_UNSPEC, AF_INET, AF_INET6, AF_NETLINK})
    attempt("family " + std::to_string(family),
            address(std::string(26, '\0'), static_cast<sa_family_t>(family)));
}

void descriptors() {
  const address to("stream");
  report("connect, closed fd", connect_to(900, to));
  report("connect, negative fd", connect_to(-1, to));
  report("connect, wide fd", call(SYS_connect, 1L << 32 | 900, to.bytes, 8));
  report("connect, O_PATH fd", connect_to(path_fd, to));
  const int file = ::open("plain", O_RDWR | O_CLOEXEC);
  report("connect, file", connect_to(file, to));
  int pair[2];
  ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
  report("connect, connected", connect_to(pair[0], to));
  report("connect, connected, missing", connect_to(pair[0], address("none")));
  report("connect, listening", connect_to(stream_server, to));
  for (const int fd : {900, path_fd, file, pair[0], local(), stream_server})
    report("listen, " + std::to_string(fd == 900), ::listen(fd, 1));
}

/// What goes through, and who the ends are.
void through() {
  ::listen(stream_server, 200);
  const int client = local();
  const int server = ::accept(stream_server, nullptr, nullptr);
  ::close(server); // of an earlier attempt
  report("connect", connect_to(client, address("stream")));
  sockaddr_un peer{};
  socklen_t size = sizeof peer;
  ::getpeername(client, reinterpret_cast<sockaddr*>(&peer), &size);
  say("peer", std::to_string(size) + " " + peer.sun_path);
  report("write", ::write(client, "text", 4));
  ucred who{};
  size = sizeof who;
  ::getsockopt(client, SOL_SOCKET, SO_PEERCRED, &who, &size);
  say("peer's user", std::to_string(who.uid));
}

void full_backlog() {
  const int fd = server("busy", SOCK_STREAM);
  ::listen(fd, 0);
  for (int i = 0; i < 3; ++i)
    report("connect without blocking, " + std::to_string(i),
           connect_to(local(SOCK_STREAM | SOCK_NONBLOCK), address("busy")));
  // With a time limit a socket that blocks gives up as well.
  const int limited = local();
  const timeval soon{0, 50'000};
  ::setsockopt(limited, SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof soon);
  report("connect with a limit", connect_to(limited, address("busy")));
}

} // namespace

int main() {
  ::close(::open("plain", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  ::mkdir("directory", 0700);
  stream_server = server("stream", SOCK_STREAM);
  ::listen(stream_server, 100);
  server("packets", SOCK_SEQPACKET);
  server(std::string("\0", 1) + absolute(""), SOCK_STREAM);
  ::close(server("closed", SOCK_STREAM));
  server("secret", SOCK_STREAM);
  // By owner and mode, whoever it is: only a capability would help.
  report("chmod", ::chmod("secret", 0));
  for (const auto& [name, to] : {std::pair{"link", "stream"},
                                 {"dangling", "none"},
                                 {"loop", "loop"},
                                 {"way", "."}})
    report("symlink", ::symlink(to, name));
  path_fd = ::open("stream", O_PATH | O_CLOEXEC);
  names();
  sizes();
  families();
  descriptors();
  through();
  full_backlog();
}
