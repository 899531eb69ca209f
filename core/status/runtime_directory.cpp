#include "core/status/runtime_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cstdlib>

namespace cordon::status {
namespace {

/// A directory of ours that nobody else may enter, or why it is none.
result<unique_fd> checked(unique_fd directory, const std::string& path) {
  struct stat facts {};
  if (::fstat(directory.get(), &facts) != 0)
    return fail_errno("look at the runtime directory", path);
  if (facts.st_uid != ::geteuid())
    return fail(EPERM, "use a runtime directory that another user owns", path);
  if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return fail(EPERM,
                "use a runtime directory that others may enter (expected mode "
                "0700)",
                path);
  return directory;
}

} // namespace

std::string runtime_path() {
  const char* const base = std::getenv("XDG_RUNTIME_DIR");
  if (base != nullptr && base[0] == '/')
    return std::string(base) + "/cordon";
  const auto uid = ::geteuid();
  return uid == 0 ? "/run/cordon" : "/var/tmp/cordon-" + std::to_string(uid);
}

result<unique_fd> open_runtime_directory(missing if_missing) {
  const auto path = runtime_path();
  const auto open = [&] {
    // O_PATH: to look at one that we may not enter, too.
    return unique_fd{
        ::open(path.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  };
  auto directory = open();
  if (!directory && errno == ENOENT && if_missing == missing::make) {
    if (::mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST)
      return fail_errno("make the runtime directory", path);
    directory = open();
  }
  if (!directory)
    return fail_errno("open the runtime directory", path);
  return checked(std::move(directory), path);
}

bool is_planted(const error& why) noexcept {
  return why.code == EPERM || why.code == ELOOP || why.code == ENOTDIR;
}

result<unique_fd> open_run_directory(int runtime, const std::string& name) {
  unique_fd directory{::openat(
      runtime, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!directory)
    return fail_errno("open the directory of the run", name);
  return checked(std::move(directory), name);
}

bool is_held(int run_directory) noexcept {
  // Shared: two that look at once do not take each other for the supervisor.
  return ::flock(run_directory, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

void remove_run(int runtime, const std::string& name, int run) noexcept {
  ::unlinkat(run, board_file, 0);
  ::unlinkat(run, control_socket, 0);
  ::unlinkat(runtime, name.c_str(), AT_REMOVEDIR);
}

} // namespace cordon::status
