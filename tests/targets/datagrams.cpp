// AF_UNIX datagrams with addresses, sound and unsound, in the current
// directory. The same inside and outside, where they are granted. With a word:
// in that directory.
#include "tests/targets/messages.hpp"

#include <sys/mman.h>

#include <array>

using namespace probe;

namespace {

void attempt(const std::string& what, const address& to, int fd = local()) {
  report("sendto, " + what,
         call(SYS_sendto, fd, "text", 4, 0, to.bytes, to.size));
  say("arrived", arrived(server));
  report("sendmsg, " + what, send_message(fd, message(to)));
  say("arrived", arrived(server));
  drain(server);
  ::close(fd);
}

void names(const std::string& here) {
  attempt("name", address("server"));
  attempt("name with NUL", address(std::string("server\0", 7)));
  attempt("name and more", address(std::string("server\0other", 12)));
  attempt("absolute", address(here + "/server"));
  attempt("dots", address("./directory/../server"));
  attempt("link", address("link"));
  attempt("link in the way", address("way/server"));
  attempt("dangling", address("dangling"));
  attempt("loop", address("loop"));
  attempt("missing", address("missing"));
  attempt("below a file", address("plain/x"));
  attempt("file", address("plain"));
  attempt("directory", address("directory"));
  attempt("slash at the end", address("server/"));
  attempt("closed", address("closed"));
  attempt("no permission", address("secret"));
  attempt("stream", address("stream"));
  attempt("full", address(std::string(108, 'x')));
  attempt("abstract missing", address(std::string("\0no", 3)));
  attempt("abstract", address(std::string("\0", 1) + here));
  for (const int family : {AF_UNSPEC, AF_INET, AF_INET6, AF_NETLINK})
    attempt("family " + std::to_string(family),
            address(std::string(26, '\0'), static_cast<sa_family_t>(family)));
  const int named = bound("sender");
  attempt("from a name", address("server"), named);
  const int peer = bound("peer"), connected = local();
  const address to("server"), other("peer");
  report("connect", call(SYS_connect, connected, other.bytes, other.size));
  report("send", ::send(connected, "peer", 4, 0));
  report("sendmsg", send_message(connected, message()));
  say("peer", arrived(peer));
  say("peer", arrived(peer));
  report("sendto elsewhere",
         call(SYS_sendto, connected, "else", 4, 0, to.bytes, to.size));
  say("arrived", arrived(server));
  report("unconnected", send_message(local(), message()));
}

/// To whom a message came from, by the name that came with it.
void answers(const std::string& here) {
  const int client = bound(here + "/directory/client");
  const address to("server");
  report("question",
         call(SYS_sendto, client, "hello", 5, 0, to.bytes, to.size));
  char text[8];
  sockaddr_un from{};
  socklen_t size = sizeof from;
  report("asked", ::recvfrom(server, text, sizeof text, MSG_DONTWAIT,
                             reinterpret_cast<sockaddr*>(&from), &size));
  report("answer", call(SYS_sendto, server, "good", 4, 0, &from, size));
  message again;
  again.header.msg_name = &from;
  again.header.msg_namelen = size;
  report("answer by message", send_message(server, again));
  report("answered", ::recv(client, text, sizeof text, MSG_DONTWAIT));
  report("answered", ::recv(client, text, sizeof text, MSG_DONTWAIT));
}

void addresses() {
  const address to("server");
  const int fd = local(), file = ::open("plain", O_RDWR | O_CLOEXEC);
  for (const int size : {-1, 0, 1, 2, 3, 110, 111, 128, 129, 1 << 20}) {
    const auto name = ", size " + std::to_string(size);
    for (const void* at : {static_cast<const void*>(to.bytes),
                           reinterpret_cast<const void*>(8)}) {
      report("sendto" + name, call(SYS_sendto, fd, "text", 4, 0, at, size));
      message what;
      what.header.msg_name = const_cast<void*>(at);
      what.header.msg_namelen = static_cast<socklen_t>(size);
      report("sendmsg" + name, send_message(fd, what));
      report("closed" + name, call(SYS_sendto, 900, "text", 4, 0, at, size));
      report("file" + name, call(SYS_sendto, file, "text", 4, 0, at, size));
    }
    message what;
    what.header.msg_namelen = static_cast<socklen_t>(size);
    report("sendmsg, null" + name, send_message(fd, what));
    drain(server);
  }
  report("sendmsg, closed", send_message(900, message(to)));
  report("sendmsg, file", send_message(file, message(to)));
  report("sendmsg, bad header", call(SYS_sendmsg, fd, 8, 0));
  report("sendmsg, closed, bad header", call(SYS_sendmsg, 900, 8, 0));
  report("sendmsg, compat", send_message(fd, message(to), INT32_MIN));
  report("sendmsg, oob", send_message(fd, message(to), MSG_OOB));
  const message wide(to);
  report("sendmsg, wide flags", call(SYS_sendmsg, fd, &wide.header, 1L << 40));
  drain(server);
}

void data() {
  const address to("server");
  const int fd = local();
  std::string many(300'000, 'm');
  std::array<iovec, 1025> parts;
  parts.fill({many.data(), 3});
  const auto try_parts = [&](const std::string& name, std::size_t count) {
    message what(to);
    what.header.msg_iov = parts.data();
    what.header.msg_iovlen = count;
    report("parts, " + name, send_message(fd, what));
    say("arrived", arrived(server));
  };
  for (const std::size_t count : {0, 1, 2, 100, 1024, 1025})
    try_parts(std::to_string(count), count);
  parts[1] = {reinterpret_cast<void*>(8), 5};
  try_parts("unreadable", 3);
  parts[1] = {many.data(), static_cast<std::size_t>(-1)};
  try_parts("negative", 3);
  parts[1] = {reinterpret_cast<void*>(0xfffffffffffff000), 10};
  try_parts("above", 3);
  parts[1] = {nullptr, 0};
  try_parts("nothing", 3);
  message what(to);
  what.header.msg_iov = reinterpret_cast<iovec*>(8);
  report("bad parts", send_message(fd, what));
  for (const int size : {100'000, 212'959, 212'960, 212'961, 300'000}) {
    report("size " + std::to_string(size),
           call(SYS_sendto, fd, many.data(), size, 0, to.bytes, to.size));
    drain(server);
  }
  report("unreadable", call(SYS_sendto, fd, 8, 5, 0, to.bytes, to.size));
  report("huge",
         call(SYS_sendto, fd, many.data(), 1UL << 40, 0, to.bytes, to.size));
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  char* const two
      = static_cast<char*>(::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ::munmap(two + page, page);
  report("end unreadable",
         call(SYS_sendto, fd, two + page - 5, 10, 0, to.bytes, to.size));
  report("end", call(SYS_sendto, fd, two + page - 5, 5, 0, to.bytes, to.size));
  say("arrived", arrived(server));
  say("nothing more", arrived(server));
}

void many_messages() {
  const address to("server"), missing("missing");
  const int fd = local();
  std::array<message, 4> all;
  std::array<mmsghdr, 1100> headers{};
  for (std::size_t i = 0; i < headers.size(); ++i) {
    auto& each = headers[i].msg_hdr;
    each = all[i % 4].header;
    each.msg_name = const_cast<char*>(to.bytes);
    each.msg_namelen = to.size;
  }
  const auto attempt = [&](const std::string& name, std::size_t count) {
    for (auto& each : headers)
      each.msg_len = 7;
    const long said
        = call(SYS_sendmmsg, fd, headers.data(), count, MSG_DONTWAIT);
    say("sendmmsg, " + name, outcome(said) + " "
                                 + std::to_string(said < 0 ? 0 : said) + " "
                                 + std::to_string(headers[0].msg_len)
                                 + std::to_string(headers[1].msg_len)
                                 + std::to_string(headers[2].msg_len));
    drain(server);
  };
  for (const std::size_t count : {0, 1, 2, 3})
    attempt(std::to_string(count), count);
  headers[1].msg_hdr.msg_name = const_cast<char*>(missing.bytes);
  headers[1].msg_hdr.msg_namelen = missing.size;
  attempt("second fails", 3);
  headers[0] = headers[1];
  attempt("first fails", 3);
  report("sendmmsg, bad pointer", call(SYS_sendmmsg, fd, 8, 1, 0));
  report("sendmmsg, closed", call(SYS_sendmmsg, 900, headers.data(), 1, 0));
  report("sendmmsg, compat",
         call(SYS_sendmmsg, fd, headers.data(), 1, INT32_MIN));
  int pair[2];
  ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
  std::array<mmsghdr, 1100> plain{};
  // Of a stream, nothing: so it does not fill up.
  say("sendmmsg, more than the kernel takes",
      std::to_string(call(SYS_sendmmsg, pair[0], plain.data(), 1100, 0)));
  ::close(pair[0]);
  ::close(pair[1]);
}

} // namespace

int main(int argc, char** argv) {
  if (argc > 1 && ::chdir(argv[1]) != 0)
    return 2;
  char room[4096];
  const std::string here = ::getcwd(room, sizeof room);
  ::close(::open("plain", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  ::mkdir("directory", 0700);
  server = bound("server");
  bound("stream", SOCK_STREAM);
  ::close(bound("closed"));
  bound("secret");
  report("chmod", ::chmod("secret", 0));
  const int abstract = bound(std::string("\0", 1) + here);
  for (const auto& [name, to] : {std::pair{"link", "server"},
                                 {"dangling", "none"},
                                 {"loop", "loop"},
                                 {"way", "."}})
    report("symlink", ::symlink(to, name));
  names(here);
  say("abstract", arrived(abstract));
  answers(here);
  addresses();
  data();
  many_messages();
}
