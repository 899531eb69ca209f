#include "tests/support/chroots.hpp"

#include "core/base/unique_fd.hpp"
#include "core/process/privileges.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace cordon::test {
namespace {

constexpr int could_not = 97;

/// Forks; the child prepares itself and answers through a pipe.
std::optional<std::string> child(const std::function<bool()>& prepare,
                                 const identity& who,
                                 const std::function<std::string()>& ask) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    throw std::runtime_error("pipe");
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (!prepare())
      ::_exit(could_not);
    become(who);
    if (process::drop_capabilities() != 0)
      ::_exit(96);
    ::umask(022);
    const auto text = ask();
    std::size_t sent = 0;
    while (sent < text.size()) {
      const auto n = ::write(ends[1], text.data() + sent, text.size() - sent);
      if (n <= 0)
        ::_exit(95);
      sent += static_cast<std::size_t>(n);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  const unique_fd from{ends[0]};
  std::string text;
  std::array<char, 65536> bytes;
  for (ssize_t n; (n = ::read(from.get(), bytes.data(), bytes.size())) > 0;)
    text.append(bytes.data(), static_cast<std::size_t>(n));
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == could_not)
    return std::nullopt;
  if (status != 0)
    throw std::runtime_error("the child failed: " + std::to_string(status));
  return text;
}

bool mount_all(const std::string& root, const std::vector<bind_mount>& mounts) {
  if (::unshare(CLONE_NEWNS) != 0
      || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return false;
  for (const auto& each : mounts) {
    const auto at = root + each.at;
    if (::mount(each.host.c_str(), at.c_str(), nullptr, MS_BIND, nullptr) != 0)
      return false;
    if (each.read_only
        && ::mount(nullptr, at.c_str(), nullptr,
                   MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr)
               != 0)
      return false;
  }
  return true;
}

} // namespace

std::string in_child(const identity& who,
                     const std::function<std::string()>& ask) {
  return *child([] { return true; }, who, ask);
}

std::optional<std::string> in_chroot(const std::string& root,
                                     const std::vector<bind_mount>& mounts,
                                     const identity& who,
                                     const std::function<std::string()>& ask) {
  const auto enter = [&] {
    return (mounts.empty() || mount_all(root, mounts))
           && ::chroot(root.c_str()) == 0 && ::chdir("/") == 0;
  };
  return child(enter, who, ask);
}

bool can_chroot() {
  static const bool can = in_chroot("/", {{"/tmp", "/tmp"}}, ourselves(), [] {
                            return std::string("yes");
                          }).has_value();
  return can;
}

} // namespace cordon::test
