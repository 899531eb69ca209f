// What the probes of AF_UNIX sockets share.
#pragma once

#include "tests/targets/probe.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <string>

namespace probe {

inline int local(int type) {
  return ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
}

inline sockaddr_un named(const std::string& path) {
  sockaddr_un made{};
  made.sun_family = AF_UNIX;
  path.copy(made.sun_path, sizeof made.sun_path - 1);
  return made;
}

inline long connect_to(int fd, const std::string& path) {
  const auto to = named(path);
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to);
}

/// A sockaddr_un and more, as bytes.
struct address {
  alignas(sockaddr_un) char bytes[256] = {};
  socklen_t size = 0;

  explicit address(const std::string& name, sa_family_t family = AF_UNIX) {
    std::memcpy(bytes, &family, sizeof family);
    name.copy(bytes + sizeof family, sizeof bytes - sizeof family);
    size = static_cast<socklen_t>(sizeof family + name.size());
  }
};

inline std::string directory_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

inline std::string file_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

/// What `call` says of a new socket, which is closed.
template <class Call>
long with_socket(int type, Call call) {
  const int fd = local(type);
  if (fd < 0)
    return -1;
  const long result = call(fd);
  const int error = errno;
  ::close(fd);
  errno = error;
  return result;
}

/// Reports whether `reach` gets to `path` by that name and by others for it,
/// some of which it makes here.
template <class Reach>
void by_names(const std::string& path, Reach reach) {
  for (const char* const each : {"link", "way", "hard", "root"})
    ::unlink(each);
  report("path", reach(path));
  report("dots", reach("../../../../../../../../../.." + path));
  ::symlink(path.c_str(), "link");
  report("link", reach("link"));
  ::symlink(directory_of(path).c_str(), "way");
  report("link in the way", reach("way/" + file_of(path)));
  report("hard link", ::link(path.c_str(), "hard") == 0 ? reach("hard") : -1);
  ::symlink("/proc/self/root", "root");
  report("root of /proc", reach("root" + path));
}

/// The same of an O_PATH fd.
template <class Reach>
void by_names_of_fd(int file, Reach reach) {
  const auto fd = "fd/" + std::to_string(file);
  report("fd of /proc", reach("/proc/self/" + fd));
  report("fd of the number",
         reach("/proc/" + std::to_string(::getpid()) + "/" + fd));
}

/// What the tests ask of a race for another's file.
inline void report_flips(bool reached_other, int reached, int refused) {
  say("flips reached the other", reached_other ? "yes" : "no");
  say("flips reached", reached > 0 ? "some" : "none");
  say("flips refused", refused > 0 ? "some" : "none");
}

} // namespace probe
