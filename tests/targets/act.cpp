// Does what its words say, in pairs: ACTION OBJECT. Prints "ACTION
// OBJECT=outcome" for each. Objects of link and rename are "FROM>TO".
#include "tests/targets/probe.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <termios.h>

#include <map>
#include <string>

using namespace probe;

namespace {

using path = const std::string&;
using action = long (*)(path);

/// Reads a file's first byte, or lists a directory.
long read_it(path name) {
  const int fd = ::open(name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    return -1;
  struct stat status {};
  ::fstat(fd, &status);
  char buffer[1024];
  const long result = S_ISDIR(status.st_mode)
                          ? call(SYS_getdents64, fd, buffer, sizeof buffer)
                          : read_some(fd);
  ::close(fd);
  return result;
}

long open_with(path name, int flags) {
  const int fd = ::open(name.c_str(), flags | O_NONBLOCK | O_CLOEXEC, 0600);
  if (fd >= 0)
    ::close(fd);
  return fd;
}

/// Whether the kernel began to run the program: the pipe closes at exec.
long execute(path name) {
  int channel[2];
  if (::pipe2(channel, O_CLOEXEC) != 0)
    return -1;
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(1);
    ::execl(name.c_str(), name.c_str(), nullptr);
    const int error = errno;
    if (::write(channel[1], &error, sizeof error) < 0)
      ::_exit(1);
    ::_exit(127);
  }
  ::close(channel[1]);
  int error = 0;
  const ssize_t got = ::read(channel[0], &error, sizeof error);
  ::close(channel[0]);
  ::waitpid(child, nullptr, 0);
  if (got <= 0)
    return 0;
  errno = error;
  return -1;
}

long with_address(path port, int (*use)(int, const sockaddr*, socklen_t)) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return -1;
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const long result
      = use(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::close(fd);
  errno = error;
  return result;
}

long two_names(path pair, int (*use)(const char*, const char*)) {
  const std::size_t middle = pair.find('>');
  return use(pair.substr(0, middle).c_str(), pair.substr(middle + 1).c_str());
}

const std::map<std::string, action> actions{
    {"read", read_it},
    {"write", [](path name) { return open_with(name, O_WRONLY); }},
    {"create",
     [](path name) { return open_with(name, O_WRONLY | O_CREAT | O_EXCL); }},
    {"overwrite",
     [](path name) { return open_with(name, O_WRONLY | O_TRUNC); }},
    {"execute", execute},
    {"remove", [](path name) -> long { return ::unlink(name.c_str()); }},
    {"mkdir", [](path name) -> long { return ::mkdir(name.c_str(), 0700); }},
    {"rmdir", [](path name) -> long { return ::rmdir(name.c_str()); }},
    {"fifo", [](path name) -> long { return ::mkfifo(name.c_str(), 0600); }},
    {"symlink",
     [](path name) -> long { return ::symlink("nowhere", name.c_str()); }},
    {"link", [](path pair) { return two_names(pair, ::link); }},
    {"rename", [](path pair) { return two_names(pair, ::rename); }},
    {"truncate", [](path name) -> long { return ::truncate(name.c_str(), 0); }},
    {"chdir", [](path name) -> long { return ::chdir(name.c_str()); }},
    {"chmod", [](path name) -> long { return ::chmod(name.c_str(), 0640); }},
    {"fchmod",
     [](path name) -> long {
       return ::fchmod(::open(name.c_str(), O_RDONLY | O_CLOEXEC), 0640);
     }},
    {"chown",
     [](path name) -> long {
       return ::chown(name.c_str(), ::getuid(), ::getgid());
     }},
    {"utime",
     [](path name) -> long {
       return ::utimensat(AT_FDCWD, name.c_str(), nullptr, 0);
     }},
    {"futime",
     [](path name) -> long {
       return ::futimens(::open(name.c_str(), O_RDONLY | O_CLOEXEC), nullptr);
     }},
    {"setxattr",
     [](path name) -> long {
       return ::setxattr(name.c_str(), "user.cordon", "x", 1, 0);
     }},
    {"terminal",
     [](path name) -> long {
       // Landlock decides on device ioctls when the device is opened.
       termios modes{};
       return ::ioctl(::open(name.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC),
                      TCGETS, &modes);
     }},
    {"unix",
     [](path name) -> long {
       sockaddr_un address{};
       address.sun_family = AF_UNIX;
       name.copy(address.sun_path, sizeof address.sun_path - 1);
       return ::connect(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
                        reinterpret_cast<const sockaddr*>(&address),
                        sizeof address);
     }},
    {"entropy",
     [](path name) -> long {
       // RNDGETENTCNT: a device command that anybody may give.
       int count = 0;
       return ::ioctl(::open(name.c_str(), O_RDONLY | O_CLOEXEC), 0x80045200,
                      &count);
     }},
    {"pair",
     [](path family) -> long {
       int ends[2];
       return ::socketpair(std::stoi(family), SOCK_STREAM, 0, ends);
     }},
    {"connect", [](path port) { return with_address(port, ::connect); }},
    {"bind", [](path port) { return with_address(port, ::bind); }},
    {"listen",
     [](path) -> long {
       return ::listen(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), 1);
     }},
    {"socket",
     [](path family) -> long {
       return ::socket(std::stoi(family), SOCK_STREAM | SOCK_CLOEXEC, 0);
     }},
    {"signal", [](path pid) -> long { return ::kill(std::stoi(pid), 0); }},
};

} // namespace

int main(int argc, char** argv) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const auto found = actions.find(argv[i]);
    if (found == actions.end()) {
      std::fprintf(stderr, "no such action: %s\n", argv[i]);
      return 98;
    }
    report(std::string(argv[i]) + " " + argv[i + 1],
           found->second(argv[i + 1]));
  }
}
