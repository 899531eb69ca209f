// The steps of a walk in /proc.
#include "core/paths/walk.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>

#include <cerrno>

namespace cordon::paths {

bool walk::is_in_made_proc() const {
  return placed_ && in_.at(where_.tree).kind == backing::proc;
}

int walk::enter_proc(const std::string& name, bool follow) {
  if (by_.proc == nullptr)
    return EACCES;
  if (in_.mounted_at(join(where_.path, name)))
    return EACCES; // something else, beneath /proc
  auto next = by_.proc->enter(fd_.get(), where_, name);
  if (!next)
    return next.error().code;
  struct stat facts {};
  if (::fstat(next->get(), &facts) != 0)
    return errno;
  if (S_ISLNK(facts.st_mode) && (follow || !left_.empty())) {
    using enum proc_name::kind;
    const auto row = row_of(in_, where_.child(name)).what;
    return follow_in_proc(name, row == object || row == root);
  }
  fd_ = std::move(*next);
  where_ = where_.child(name);
  return 0;
}

int walk::follow_in_proc(const std::string& name, bool is_magic) {
  constexpr int most_links = 40;
  if (asks(RESOLVE_NO_SYMLINKS) || (is_magic && asks(RESOLVE_NO_MAGICLINKS))
      || ++links_ > most_links)
    return ELOOP;
  if (is_magic && asks(RESOLVE_BENEATH | RESOLVE_IN_ROOT))
    return EXDEV;
  auto to = by_.proc->follow(fd_.get(), where_, name, by_.caller);
  return to ? jump(std::move(*to)) : to.error().code;
}

int walk::jump(proc_target to) {
  if (!to.fd) {
    left_ = to.text + left_;
    return to.text.starts_with('/') ? go_to_root() : 0;
  }
  if (asks(RESOLVE_NO_XDEV))
    return crossing();
  fd_ = std::move(to.fd);
  placed_ = to.where.has_value();
  if (placed_) {
    where_ = std::move(*to.where);
    // A directory of somebody else's, which was brought in.
    return is_in_made_proc() && !by_.proc->admits(where_) ? EACCES : 0;
  }
  where_ = {};
  // From there nobody goes on: the directory came from elsewhere.
  if (left_.find_first_not_of('/') != std::string::npos) {
    const int error = check_directory();
    return error != 0 ? error : EACCES;
  }
  to.fd.reset();
  held_ = std::move(to);
  return 0;
}

} // namespace cordon::paths
