// socket_names DIRECTORY [deny=PATH] [ro=DIRECTORY]: AF_UNIX sockets that are
// bound to files, in and below DIRECTORY, and what they are called. The same in
// a view and in a chroot. With deny= and ro= also what cannot be bound there.
#include "tests/targets/probe.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstddef>
#include <string>

using namespace probe;

namespace {

/// A sockaddr_un; `name` may be as long as the structure.
struct address {
  alignas(sockaddr_un) char bytes[128] = {};
  socklen_t size = 0;

  explicit address(const std::string& name) {
    const sa_family_t family = AF_UNIX;
    std::memcpy(bytes, &family, sizeof family);
    name.copy(bytes + sizeof family, sizeof bytes - sizeof family);
    size = static_cast<socklen_t>(sizeof family + name.size());
  }
};

int local(int type = SOCK_STREAM) {
  return ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
}

long bind_to(int fd, const std::string& name) {
  const address to(name);
  return call(SYS_bind, fd, to.bytes, to.size);
}

/// "SIZE NAME", or the errno.
std::string name_of(long number, int fd, int room = 128) {
  char bytes[129] = {};
  int size = room;
  if (call(number, fd, bytes, &size) != 0)
    return outcome(-1);
  bytes[128] = '\0';
  return std::to_string(size) + " " + (bytes + offsetof(sockaddr_un, sun_path));
}

std::string mode_of(const std::string& name) {
  struct stat facts {};
  if (::lstat(name.c_str(), &facts) != 0)
    return outcome(-1);
  return std::to_string(facts.st_mode) + " " + std::to_string(facts.st_uid);
}

void bind_one(const std::string& name, mode_t mask = 022) {
  ::umask(mask);
  const int fd = local();
  const auto what = name.size() > 60 ? name.substr(0, 20) : name;
  report("bind " + what, bind_to(fd, name));
  say("name " + what, name_of(SYS_getsockname, fd));
  say("mode " + what, mode_of(name));
  ::close(fd);
}

void binds() {
  for (const auto* const name :
       {"one",       "one",      "./two",    "sub/three", "sub/../four",
        "link/five", "dangling", "plain",    "plain/x",   "missing/x",
        "sub",       "sub/",     "new/",     ".",         "..",
        "/",         "loop/x",   "closed/x", "sub/one",   "link/one"})
    bind_one(name);
  bind_one("masked", 0077);
  bind_one("open", 0);
  bind_one(std::string(108, 'x'));
  bind_one(std::string(107, 'y'));
  bind_one("sub/" + std::string(104, 'z'));
  bind_one(std::string("with\0nul", 8));
  const int twice = local();
  report("first", bind_to(twice, "first"));
  report("second", bind_to(twice, "second"));
  report("second, there already", bind_to(twice, "plain"));
  say("second", mode_of("second"));
  say("still", name_of(SYS_getsockname, twice));
  ::fchmod(twice, 0600);
  const int changed = local();
  ::fchmod(changed, 0640);
  report("changed", bind_to(changed, "changed"));
  say("changed", mode_of("changed"));
}

void unsound() {
  const int fd = local();
  const int file = ::open("plain", O_RDWR | O_CLOEXEC);
  const address good("good");
  for (const int size : {-1, 0, 1, 3, 111, 128, 129})
    report("bind, size " + std::to_string(size),
           call(SYS_bind, fd, good.bytes, size));
  report("bind, null", call(SYS_bind, local(), nullptr, 8));
  report("bind, bad pointer", call(SYS_bind, local(), 8, 8));
  report("bind, closed", call(SYS_bind, 900, good.bytes, good.size));
  report("bind, file", call(SYS_bind, file, good.bytes, good.size));
  for (const long number : {SYS_getsockname, SYS_getpeername}) {
    int size = 8;
    char bytes[128];
    report("name, closed", call(number, 900, bytes, &size));
    report("name, file", call(number, file, bytes, &size));
    report("name, no size", call(number, fd, bytes, nullptr));
    report("name, bad size", call(number, fd, bytes, 8));
    report("name, no room", call(number, fd, nullptr, &size));
  }
}

/// A server and its client, each asked for both names.
void ends(int type, const std::string& bound, const std::string& connected) {
  const int server = local(type), client = local(type);
  report("bind", bind_to(server, bound));
  report("listen", ::listen(server, 2));
  const address to(connected);
  report("connect " + connected, call(SYS_connect, client, to.bytes, to.size));
  const int met = ::accept(server, nullptr, nullptr);
  for (const int fd : {server, client, met})
    for (const long number : {SYS_getsockname, SYS_getpeername})
      for (const int room : {128, 5, 2, 1, 0, -1})
        say("name", name_of(number, fd, room));
  for (const int fd : {server, client, met})
    ::close(fd);
}

} // namespace

int main(int argc, char** argv) {
  const facts told(argc, argv);
  if (argc < 2 || ::chdir(argv[1]) != 0)
    return 2;
  const std::string here = argv[1];
  ::umask(022);
  ::close(::open("plain", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  ::mkdir("sub", 0700);
  ::mkdir("other", 0700);
  ::mkdir("closed", 0600);
  for (const auto& [name, to] :
       {std::pair{"link", "sub"}, {"dangling", "none"}, {"loop", "loop"}})
    report("symlink", ::symlink(to, name));
  binds();
  unsound();
  ends(SOCK_STREAM, here + "/absolute", "absolute");
  ends(SOCK_SEQPACKET, "relative", here + "/relative");
  ends(SOCK_STREAM, "sub/same", "link/same");
  ends(SOCK_STREAM, "other/same", here + "/other/./same");
  ends(SOCK_STREAM, here + "/same", "same");
  if (told.has("deny")) {
    report("bind denied", bind_to(local(), told.text("deny")));
    const address to(told.text("deny"));
    report("connect denied", call(SYS_connect, local(), to.bytes, to.size));
  }
  if (told.has("ro")) {
    report("bind read-only", bind_to(local(), told.text("ro") + "/new"));
    report("bind read-only, there", bind_to(local(), told.text("ro")));
  }
}
