#include "cli/warnings.hpp"

#include "core/base/escape.hpp"
#include "core/base/log.hpp"
#include "policy/plan_text.hpp"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

namespace cordon::cli {
namespace {

/// All zero when there is no such file.
struct stat facts_of(const char* path) {
  struct stat facts {};
  static_cast<void>(::stat(path, &facts));
  return facts;
}

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

void tell_protections(const policy::plan& made) {
  using policy::protection_status;
  for (const auto what : policy::all_protections) {
    const auto status = made.status(what);
    const auto line = std::string(policy::name_of(what)) + " is "
                      + std::string(policy::name_of(status));
    if (status == protection_status::degraded
        || status == protection_status::disabled)
      log::warn("warning: " + line + ": nothing enforces it in this run");
    else if (status == protection_status::stand_in)
      log::info(line + ": a stricter filter refuses instead");
  }
}

} // namespace

bool shows_host(const std::string& path) {
  // By what the path leads to, not by how it is spelt. One call for most: the
  // two lie on devices without a number of their own.
  static const auto root = facts_of("/");
  const auto granted = facts_of(path.c_str());
  if (same_file(granted, root))
    return true;
  struct statfs system {};
  return major(granted.st_dev) == 0 && ::statfs(path.c_str(), &system) == 0
         && (system.f_type == PROC_SUPER_MAGIC || system.f_type == SYSFS_MAGIC);
}

void tell_before(const policy::profile& p, const policy::plan& made,
                 int verbosity) {
  tell_protections(made);
  for (const auto& grant : p.grants)
    if (!p.chroot && shows_host(grant.path))
      log::warn("warning: " + grant.from + " " + escape(grant.path)
                + ": host processes and interfaces become visible");
  if (verbosity > 1)
    for (const auto& line : policy::describe_plan(made))
      log::debug(line);
}

} // namespace cordon::cli
