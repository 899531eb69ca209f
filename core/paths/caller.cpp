#include "core/paths/caller.hpp"

#include "core/base/small_file.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <array>
#include <charconv>
#include <string>
#include <string_view>

namespace cordon::paths {
namespace {

/// "/proc/TID/fd/N", without allocation.
class proc_path {
public:
  proc_path(pid_t tid, std::string_view what, int number = -1) {
    append("/proc/");
    append(tid);
    append("/");
    append(what);
    if (number >= 0)
      append(number);
    *at_ = '\0';
  }
  [[nodiscard]] const char* c_str() const noexcept {
    return text_.data();
  }

private:
  void append(std::string_view text) {
    at_ += text.copy(at_, text.size());
  }
  void append(int number) {
    at_ = std::to_chars(at_, text_.data() + text_.size(), number).ptr;
  }

  std::array<char, 64> text_;
  char* at_ = text_.data();
};

} // namespace

result<held> caller::fd(int number) const {
  if (number < 0)
    return fail(EBADF, "use a file descriptor");
  const proc_path link{tid_, "fd/", number};
  // The link's own mode says how the file was opened.
  struct stat facts {};
  if (::lstat(link.c_str(), &facts) != 0)
    return fail(errno == ENOENT ? EBADF : errno, "look at the caller's fd");
  held made;
  made.reads = (facts.st_mode & S_IRUSR) != 0;
  made.writes = (facts.st_mode & S_IWUSR) != 0;
  auto fd = pin(number);
  if (!fd)
    return tl::make_unexpected(fd.error());
  made.fd = std::move(*fd);
  return made;
}

result<unique_fd> caller::pin(int number) const {
  if (number < 0)
    return fail(EBADF, "use a file descriptor");
  unique_fd fd{
      ::open(proc_path{tid_, "fd/", number}.c_str(), O_PATH | O_CLOEXEC)};
  if (!fd)
    return fail(errno == ENOENT ? EBADF : errno, "pin the caller's fd");
  return fd;
}

result<unique_fd> caller::working_directory() const {
  unique_fd fd{::open(proc_path{tid_, "cwd"}.c_str(), O_PATH | O_CLOEXEC)};
  if (!fd)
    return fail_errno("open the caller's directory");
  return fd;
}

result<caller::beginning> caller::start(const view& in, int number) const {
  beginning made;
  if (number == AT_FDCWD) {
    auto cwd = working_directory();
    if (!cwd)
      return tl::make_unexpected(cwd.error());
    made.fd = std::move(*cwd);
  } else {
    auto fd = pin(number);
    if (!fd)
      return tl::make_unexpected(fd.error());
    made.fd = std::move(*fd);
    struct stat facts {};
    if (::fstat(made.fd.get(), &facts) != 0)
      return fail_errno("use a directory");
    if (!S_ISDIR(facts.st_mode))
      return fail(ENOTDIR, "use a directory");
  }
  auto where = in.locate(made.fd.get());
  if (!where)
    return tl::make_unexpected(where.error());
  made.where = std::move(*where);
  return made;
}

result<mode_t> caller::umask() const {
  const auto text = read_small_file(proc_path{tid_, "status"}.c_str());
  if (!text)
    return fail(ESRCH, "read the caller's umask");
  constexpr std::string_view key = "\nUmask:\t";
  const auto at = text->find(key);
  unsigned mask = 0;
  if (at == std::string::npos
      || std::from_chars(text->data() + at + key.size(),
                         text->data() + text->size(), mask, 8)
                 .ec
             != std::errc{})
    return fail(ESRCH, "read the caller's umask");
  return static_cast<mode_t>(mask);
}

bool caller::is_full() const {
  rlimit limit{};
  struct stat table {};
  // The size of /proc/TID/fd is the number of open files (Linux 6.2). Before,
  // it is 0, and the limit shows when the fd is handed over.
  if (::prlimit(tid_, RLIMIT_NOFILE, nullptr, &limit) != 0
      || ::stat(proc_path{tid_, "fd"}.c_str(), &table) != 0)
    return false;
  return table.st_size > 0
         && static_cast<rlim_t>(table.st_size) >= limit.rlim_cur;
}

} // namespace cordon::paths
