#include "core/metadata/apply.hpp"

#include "core/linux/calls.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <cerrno>

namespace cordon::metadata {
namespace {

using syscall::operation;

int outcome(int returned) {
  return returned < 0 ? errno : 0;
}

/// A name that leads to the pinned object itself, whatever it is.
std::string link_to(const pinned& object) {
  return "/proc/self/fd/" + std::to_string(object.fd.get());
}

int change_mode(mode_t mode, const pinned& object) {
  // The caller's own file needs no lookup; where it could not be taken what we
  // have is an O_PATH fd, to which fchmod(2) says EBADF.
  const int fd = object.fd.get();
  int error = object.open_for_writing ? outcome(::fchmod(fd, mode)) : EBADF;
  if (error == EBADF)
    error = outcome(sys::fchmodat2(fd, "", mode, AT_EMPTY_PATH));
  if (error != ENOSYS)
    return error;
  return outcome(::chmod(link_to(object).c_str(), mode)); // before Linux 6.6
}

/// FS_IOC_SETFLAGS or FS_IOC_FSSETXATTR, which take no O_PATH fd. Of anything
/// but files and directories the kernel has none.
int change_inode_flags(const notify::request& wanted, const pinned& object,
                       mode_t mode) {
  if (!S_ISREG(mode) && !S_ISDIR(mode))
    return wanted.unreadable || wanted.value.empty() ? EFAULT : ENOTTY;
  const auto link = link_to(object);
  constexpr int how = O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  unique_fd file{::open(link.c_str(), O_RDONLY | how)};
  if (!file && !S_ISDIR(mode))
    file.reset(::open(link.c_str(), O_WRONLY | how));
  if (!file)
    return errno;
  auto bytes = wanted.value;
  return outcome(sys::ioctl_with(
      file.get(), static_cast<std::uint32_t>(wanted.args[1]),
      wanted.unreadable ? reinterpret_cast<void*>(1) // NOLINT: never mapped
      : bytes.empty()   ? nullptr
                        : bytes.data()));
}

} // namespace

bool changes_nothing(const notify::request& wanted) noexcept {
  return wanted.op == operation::utimens && wanted.times
         && (*wanted.times)[0].tv_nsec == UTIME_OMIT
         && (*wanted.times)[1].tv_nsec == UTIME_OMIT;
}

int apply(const notify::request& wanted, const pinned& object) {
  struct stat facts {};
  if (::fstat(object.fd.get(), &facts) != 0)
    return errno;
  if (wanted.op == operation::inode_flags)
    return change_inode_flags(wanted, object, facts.st_mode);
  if (S_ISCHR(facts.st_mode) || S_ISBLK(facts.st_mode))
    return wanted.op == operation::setattr ? EOPNOTSUPP : EPERM;
  const int fd = object.fd.get();
  switch (wanted.op) {
  case operation::chmod:
    return change_mode(wanted.mode, object);
  case operation::chown:
    return outcome(::fchownat(fd, "", wanted.uid, wanted.gid, AT_EMPTY_PATH));
  case operation::utimens:
    return outcome(::utimensat(
        fd, "", wanted.times ? wanted.times->data() : nullptr, AT_EMPTY_PATH));
  case operation::setxattr:
    return outcome(::setxattr(link_to(object).c_str(), wanted.name.c_str(),
                              wanted.value.data(), wanted.value.size(),
                              wanted.flags));
  case operation::setattr:
    return outcome(sys::file_setattr(AT_FDCWD, link_to(object).c_str(),
                                     wanted.value.data(), wanted.value.size(),
                                     0));
  case operation::removexattr:
    return outcome(::removexattr(link_to(object).c_str(), wanted.name.c_str()));
  default:
    return ENOSYS;
  }
}

} // namespace cordon::metadata
