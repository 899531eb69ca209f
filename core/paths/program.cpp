#include "core/paths/program.hpp"

#include "core/linux/calls.hpp"
#include "core/process/launch.hpp"

#include <fcntl.h>
#include <sys/stat.h>

namespace cordon::paths {
namespace {

/// 0 or why this one cannot be run.
int judge_program(const view& in, const rules& under, int fd) {
  struct stat facts {};
  if (::fstat(fd, &facts) != 0)
    return errno;
  const auto where = in.locate(fd);
  if (!where)
    return where.error().code;
  const object_id id{facts.st_dev, facts.st_ino};
  if (const int error = under.judge(use::read, *where, &id); error != 0)
    return error;
  if (!S_ISREG(facts.st_mode))
    return EACCES;
  return sys::faccessat2(fd, "", X_OK, AT_EMPTY_PATH | AT_EACCESS) == 0 ? 0
                                                                        : errno;
}

} // namespace

result<unique_fd> find_program(const view& in, const rules& under,
                               const start& directory, const std::string& name,
                               const std::string& search) {
  const resolver walks{in, nullptr, 0, nullptr};
  int remembered = ENOENT;
  for (const auto& candidate : process::resolve_program(name, search)) {
    auto found = walks.object(directory, candidate, true);
    const int error = found ? judge_program(in, under, found->fd.get())
                            : found.error().code;
    if (error == 0)
      return std::move(found->fd);
    if (error == EACCES)
      remembered = EACCES;
  }
  return fail(remembered, "find the program", name);
}

} // namespace cordon::paths
