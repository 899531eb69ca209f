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
  const unique_fd thread{sys::pidfd_open_thread(asked.tid)};
  const auto directory = std::make_shared<const unique_fd>(
      thread ? sys::pidfd_getfd(thread.get(), asked.where.fd) : -1);
  if (!*directory)
    return outcome::failed(errno);
  if (!waits_(asked.id))
    return outcome::failed(ESRCH);
  // What is not of the view was the caller's to list before.
  const auto found = view_.locate(directory->get());
  const auto where = found ? std::optional{*found} : std::nullopt;
  if (where && is_made_listing(*where))
    return list_made(asked, directory->get(), *where);
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

bool carrier::is_made_listing(const position& where) const {
  return with_->sorted || view_.at(where.tree).kind == backing::proc
         || !view_.made_in(where.path).empty();
}

result<std::vector<listed>> carrier::entries_of(int directory,
                                                const position& where) const {
  std::vector<listed> all, kept;
  // From its start, and without moving the caller's position.
  const unique_fd own{
      ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  const int error = own ? read_entries(own.get(), all) : errno;
  if (error != 0)
    return fail(error, "list a directory");
  const bool in_proc = view_.at(where.tree).kind == backing::proc;
  for (auto& each : all) {
    const bool itself = each.name == "." || each.name == "..";
    if (itself
        || (may_see(directory, where, each.name.c_str())
            && (!in_proc || proc_.lists(directory, where, each.name))))
      kept.push_back(std::move(each));
  }
  for (const auto& [name, tree] : view_.made_in(where.path)) {
    struct stat facts {};
    const bool there
        = std::ranges::find(kept, name, &listed::name) != kept.end();
    if (there || ::fstat(view_.at(tree).fd.get(), &facts) != 0
        || rules_.judge(use::see, {tree, view_.at(tree).at, {}}, nullptr) != 0)
      continue;
    kept.push_back({facts.st_ino,
                    static_cast<unsigned char>(IFTODT(facts.st_mode)), name});
  }
  if (with_->sorted) {
    const auto dots
        = std::ranges::stable_partition(kept, [](const listed& each) {
            return each.name == "." || each.name == "..";
          });
    std::ranges::sort(dots, {}, &listed::name);
  }
  return kept;
}

outcome carrier::list_made(const request& asked, int directory,
                           const position& where) const {
  struct stat facts {};
  const auto offset = ::lseek(directory, 0, SEEK_CUR);
  if (offset < 0 || ::fstat(directory, &facts) != 0)
    return outcome::failed(errno);
  const object_id id{facts.st_dev, facts.st_ino};
  const bool wide = view_.at(where.tree).kind != backing::proc;
  auto at = listings::place_of(offset, wide);
  const auto* entries = listings_->find(at.listing, id);
  if (entries == nullptr) {
    auto made = entries_of(directory, where);
    if (!made)
      return outcome::failed(made.error().code);
    at.listing = listings_->add(id, std::move(*made));
    entries = listings_->find(at.listing, id);
  }
  std::vector<char> bytes(std::min(asked.room & 0xFFFFFFFF, most_at_once));
  const auto length
      = write_entries(*entries, at, wide, bytes.data(), bytes.size());
  if (length < 0)
    return outcome::failed(EINVAL);
  if (length == 0)
    return {};
  if (asked.is_old_listing)
    make_old_records(bytes.data(), static_cast<std::size_t>(length));
  auto said = write_back(asked, bytes.data(), static_cast<std::size_t>(length),
                         length);
  // The kernel's own would not have moved either.
  if (said.error == 0
      && ::lseek(directory, listings::offset_of(at, wide), SEEK_SET) < 0)
    return outcome::failed(errno);
  return said;
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
  made.fd.reset(
      ::openat(object->fd.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!made.fd)
    return outcome::failed(errno);
  made.close_on_exec = true;
  return made;
}

} // namespace cordon::paths
