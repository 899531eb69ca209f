// The working directory, and listings.
#include "core/linux/calls.hpp"
#include "core/paths/carrier.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>

namespace cordon::paths {
namespace {

constexpr std::uint64_t most_at_once = 32768;
constexpr std::size_t length_at = 16, name_at = 19; // of linux_dirent64

std::uint16_t length_of(const char* record) {
  std::uint16_t length = 0;
  std::memcpy(&length, record + length_at, sizeof length);
  return length;
}

} // namespace

outcome carrier::getcwd(const request& asked) const {
  const auto cwd = caller{asked.tid}.working_directory();
  if (!cwd)
    return outcome::failed(cwd.error().code);
  struct stat facts {};
  if (::fstat(cwd->get(), &facts) != 0)
    return outcome::failed(errno);
  if (facts.st_nlink == 0)
    return outcome::failed(ENOENT);
  const auto where = view_.locate(cwd->get());
  // As the kernel says it of what its root does not lead to.
  const auto text = where ? where->path : std::string("(unreachable)/");
  const auto length = text.size() + 1;
  if (length > asked.room)
    return outcome::failed(ERANGE);
  return write_back(asked, text.c_str(), length,
                    static_cast<std::int64_t>(length));
}

/// A listing of what may be seen. The position is the open file's own, so
/// seeking, dup and fork need no help.
outcome carrier::list(const request& asked) const {
  auto taken = fds_->take(asked.tid, asked.where.fd);
  if (!taken)
    return outcome::failed(taken.error().code);
  const auto directory = std::make_shared<const unique_fd>(std::move(*taken));
  if (!waits_(asked.id))
    return outcome::failed(ESRCH);
  // What is not of the view was the caller's to list before.
  const auto found = view_.locate(directory->get());
  const auto where = found ? std::optional{*found} : std::nullopt;
  if (where && is_made_listing(*where))
    return list_made(asked, directory, *where);
  if (auto said = list_some(asked, directory->get(), where))
    return std::move(*said);
  // Nothing that may be seen so far: that can go on for long.
  outcome made;
  made.rest = [this, asked, directory, where] {
    while (waits_(asked.id))
      if (auto said = list_some(asked, directory->get(), where))
        return std::move(*said);
    return outcome::failed(ESRCH);
  };
  return made;
}

/// What the next records are, as many as are looked at in short time; nothing
/// when none of them may be seen.
std::optional<outcome>
carrier::list_some(const request& asked, int directory,
                   const std::optional<position>& where) const {
  std::array<char, 8192> bytes;
  const auto room
      = std::min<std::uint64_t>(asked.room & 0xFFFFFFFF, bytes.size());
  const auto got = sys::getdents64(directory, bytes.data(), room);
  if (got <= 0)
    return outcome::of(got);
  const auto kept = where ? keep_visible(directory, *where, bytes.data(), got)
                          : static_cast<std::size_t>(got);
  if (kept == 0)
    return std::nullopt;
  if (asked.is_old_listing)
    make_old_records(bytes.data(), kept);
  return write_back(asked, bytes.data(), kept, static_cast<std::int64_t>(kept));
}

/// Moves the records that may be seen to the front; how many bytes they take.
std::size_t carrier::keep_visible(int directory, const position& where,
                                  char* records, long length) const {
  std::size_t kept = 0;
  for (long i = 0; i < length;) {
    char* const record = records + i;
    const auto size = length_of(record);
    i += size;
    const std::string_view name{record + name_at};
    const bool itself = name == "." || name == "..";
    if (!itself && !may_see(directory, where, record + name_at))
      continue;
    std::memmove(records + kept, record, size);
    kept += size;
  }
  return kept;
}

bool carrier::may_see(int directory, const position& where,
                      const char* name) const {
  if (rules_.allows_everywhere(use::see))
    return true;
  struct stat facts {};
  if (::fstatat(directory, name, &facts, AT_SYMLINK_NOFOLLOW) != 0)
    return false;
  const object_id id{facts.st_dev, facts.st_ino};
  return rules_.judge(use::see, rules_place(view_, where.child(name)), &id)
         == 0;
}

outcome carrier::open_directory(const notify::request& asked) const {
  const auto object = find(asked);
  if (!object)
    return outcome::failed(object.error().code);
  if (!S_ISDIR(object->facts.st_mode))
    return outcome::failed(ENOTDIR);
  if (auto said = judge(use::see, *object); said.error != 0)
    return said;
  // Who may not search it may not be there.
  if (sys::faccessat2(object->fd.get(), "", X_OK, AT_EMPTY_PATH | AT_EACCESS)
      != 0)
    return outcome::failed(errno);
  outcome made;
  made.close_on_exec = true;
  made.fd.reset(
      ::openat(object->fd.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (made.fd || errno != EACCES)
    return made.fd ? std::move(made) : outcome::failed(errno);
  // To be there it need not be read.
  made.fd.reset(::openat(object->fd.get(), ".", O_PATH | O_CLOEXEC));
  made.instead = [] { return outcome::failed(EACCES); };
  return made.fd ? std::move(made) : outcome::failed(errno);
}

} // namespace cordon::paths
