#include "core/paths/procfs.hpp"

#include "core/base/small_file.hpp"
#include "core/linux/calls.hpp"
#include "core/paths/fd_path.hpp"
#include "core/paths/proc_text.hpp"
#include "core/process/family.hpp"
#include "core/process/thread_pidfd.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <charconv>

namespace cordon::paths {
namespace {

using kind = proc_name::kind;

bool is_link(kind what) {
  return what == kind::link || what == kind::caller || what == kind::object
         || what == kind::root;
}

mode_t mode_of(proc_name::content of) {
  return of == proc_name::content::mountstats ? 0400 : 0444;
}

std::string_view last_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

/// What a symlink held by `link` says; empty: nothing.
std::string kernel_text(int link) {
  std::array<char, 4096> text;
  const auto length = ::readlinkat(link, "", text.data(), text.size());
  return length <= 0
             ? std::string{}
             : std::string(text.data(), static_cast<std::size_t>(length));
}

} // namespace

/// After the object was pinned: when its process has ended since, and somebody
/// else has its number, the object is dead as well.
bool procfs::shows(const proc_name& row) const {
  const auto is_member = [&](pid_t tid) {
    return tid == 0 || (with_.is_member && with_.is_member(tid));
  };
  return is_member(row.process) && is_member(row.thread);
}

bool procfs::admits(const position& at) const {
  const auto row = row_of(view_, at);
  return row.what != kind::closed && shows(row);
}

bool procfs::makes(const position& where) const {
  const auto row = row_of(view_, where);
  return row.what == kind::content
         && (row.of != proc_name::content::hostname || !with_.hostname.empty());
}

result<unique_fd> procfs::pin(int directory, const position& at,
                              const std::string& name) const {
  const auto where = at.child(name);
  const auto row = row_of(view_, where);
  unique_fd object{
      ::openat(directory, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
  if (!object)
    return fail_errno("look into /proc", where.path);
  if (!shows(row))
    return fail(ENOENT, "look into /proc", where.path);
  if (row.what == kind::closed)
    return fail(EACCES, "look into /proc", where.path);
  return object;
}

result<unique_fd> procfs::enter(int directory, const position& at,
                                const std::string& name) const {
  auto object = pin(directory, at, name);
  const auto where = at.child(name);
  if (!object || !makes(where))
    return object;
  return made_.look(where.path, mode_of(row_of(view_, where).of));
}

std::optional<std::string> procfs::program_of(pid_t process) const {
  auto path = with_.program_of ? with_.program_of(process) : std::nullopt;
  return path && path->starts_with('/') ? std::move(path) : std::nullopt;
}

result<std::string> procfs::text_of(int link, const position& where,
                                    pid_t caller) const {
  const auto row = row_of(view_, where);
  if (row.what == kind::caller) {
    const auto leader = process::process_of(caller);
    if (!leader)
      return fail(ESRCH, "find the caller's process");
    const auto own = std::to_string(*leader);
    return last_name(where.path) == "self"
               ? own
               : own + "/task/" + std::to_string(caller);
  }
  if (row.what == kind::root)
    return "/";
  if (row.what == kind::object && last_name(where.path) == "exe")
    if (auto path = program_of(row.process))
      return std::move(*path);
  auto text = kernel_text(link);
  if (text.empty())
    return fail(ENOENT, "read a link of /proc", where.path);
  return row.what == kind::link ? text : shown_name(view_, text);
}

result<proc_target> procfs::follow(int directory, const position& at,
                                   const std::string& name,
                                   pid_t caller) const {
  const auto where = at.child(name);
  const auto row = row_of(view_, where);
  const unique_fd link{
      ::openat(directory, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
  struct stat facts {};
  if (!link || ::fstat(link.get(), &facts) != 0)
    return fail_errno("follow a link of /proc", where.path);
  if (!shows(row) || !is_link(row.what))
    return fail(ENOENT, "follow a link of /proc", where.path);
  proc_target made;
  const bool is_exe = row.what == kind::object && name == "exe";
  if (is_exe)
    made.text = program_of(row.process).value_or("");
  else if (row.what != kind::object) {
    auto text = text_of(link.get(), where, caller);
    if (!text)
      return tl::make_unexpected(text.error());
    made.text = std::move(*text);
  }
  if (!made.text.empty())
    return made;
  made.fd.reset(::openat(directory, name.c_str(), O_PATH | O_CLOEXEC));
  if (!made.fd)
    return fail_errno("follow a link of /proc", where.path);
  if (auto found = view_.locate(made.fd.get()))
    made.where = std::move(*found);
  made.reads = (facts.st_mode & S_IRUSR) != 0;
  made.writes = (facts.st_mode & S_IWUSR) != 0;
  if (std::from_chars(name.data(), name.data() + name.size(), made.number).ec
      == std::errc{})
    made.process = row.process;
  return made;
}

result<unique_fd> procfs::content(const position& where) const {
  using enum proc_name::content;
  const auto row = row_of(view_, where);
  const auto read = [&]() -> result<std::string> {
    // As long as this lives and is not reaped, its number is nobody else's.
    const auto alive = process::thread_pidfd(row.process);
    if (!alive || !shows(row))
      return fail(ENOENT, "read a file of /proc", where.path);
    const auto& tree = view_.at(where.tree);
    auto text = read_small_file(tree.host + where.path.substr(tree.at.size()));
    if (!text)
      return fail_errno("read a file of /proc", where.path);
    // What programs make grow is ours to keep in memory.
    constexpr std::size_t longest = 4 << 20;
    if (text->size() > longest)
      return fail(ENOMEM, "read a file of /proc", where.path);
    if (sys::pidfd_send_signal(alive.get(), 0) != 0)
      return fail(ENOENT, "read a file of /proc", where.path);
    return std::move(*text);
  };
  const auto made = [&](std::string_view text) {
    return made_.fill(where.path, text, mode_of(row.of));
  };
  switch (row.of) {
  case mounts:
    return made(shown_mounts(view_, mount_format::mounts));
  case mountinfo:
    return made(shown_mounts(view_, mount_format::mountinfo));
  case mountstats:
    return made(shown_mounts(view_, mount_format::mountstats));
  case cgroup:
    return made("0::/\n");
  case hostname:
    return made(with_.hostname + "\n");
  case maps:
  case status: {
    const auto text = read();
    if (!text)
      return tl::make_unexpected(text.error());
    return made(row.of == maps ? shown_maps(view_, *text)
                               : shown_status(*text, with_.keeper));
  }
  case none:
    break;
  }
  return fail(EINVAL, "make a file of /proc", where.path);
}

} // namespace cordon::paths
