// Which descriptors arrived, and what can be done with one that did not.
#include "tests/targets/probe.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <string>

using namespace probe;

int main(int argc, char** argv) {
  const facts told(argc, argv);
  std::string open;
  for (int fd = 0; fd < 4096; ++fd)
    if (::fcntl(fd, F_GETFD) >= 0)
      open += (open.empty() ? "" : ",") + std::to_string(fd);
  say("open", open);
  for (const int fd : {0, 1, 2}) {
    struct stat status {};
    const bool known = ::fstat(fd, &status) == 0;
    say("kind_" + std::to_string(fd), !known                     ? "closed"
                                      : S_ISCHR(status.st_mode)  ? "character"
                                      : S_ISFIFO(status.st_mode) ? "pipe"
                                      : S_ISSOCK(status.st_mode) ? "socket"
                                      : S_ISREG(status.st_mode)  ? "file"
                                                                 : "other");
  }
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  say("open_files", std::to_string(limit.rlim_cur));
  say("open_files_hard", std::to_string(limit.rlim_max));
  if (!told.has("directory"))
    return 0;
  const int directory = told.number("directory");
  in_child("fchdir", [&] { return ::fchdir(directory); });
  in_child("chdir_by_proc", [&] {
    return ::chdir(("/proc/self/fd/" + std::to_string(directory)).c_str());
  });
  in_child("openat",
           [&] { return ::openat(directory, "secret", O_RDONLY | O_CLOEXEC); });
}
