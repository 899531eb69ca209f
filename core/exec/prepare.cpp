#include "core/exec/prepare.hpp"

#include "core/base/small_file.hpp"
#include "core/exec/elf.hpp"
#include "core/exec/script.hpp"
#include "core/linux/calls.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string_view>

namespace cordon::exec {
namespace {

using paths::outcome;

/// Scripts whose interpreters are scripts: the kernel follows so many.
constexpr int most_levels = 5;

constexpr unsigned check_flag = 0x10000; // AT_EXECVE_CHECK

unsigned flags_of(const notify::request& asked) {
  return asked.number == SYS_execveat ? static_cast<unsigned>(asked.args[4])
                                      : 0;
}

/// Whether this kernel knows AT_EXECVE_CHECK: it looks at flags before fds.
bool can_check() {
  return sys::check_executable(-1) == EBADF;
}

/// As the kernel names what it was told to start.
std::string name_of(const notify::place& at) {
  const auto& path = *at.path;
  if (at.fd == AT_FDCWD || path.starts_with('/'))
    return path;
  const auto fd = "/dev/fd/" + std::to_string(at.fd);
  return path.empty() ? fd : fd + "/" + path;
}

/// Whether the name of a script leads through an fd that exec closes, so that
/// its interpreter could not open it.
bool vanishes(const notify::request& asked) {
  if (asked.where.fd == AT_FDCWD || asked.where.path->starts_with('/'))
    return false;
  const auto text
      = read_small_file("/proc/" + std::to_string(asked.tid) + "/fdinfo/"
                        + std::to_string(asked.where.fd));
  constexpr std::string_view key = "flags:\t";
  const auto at = text ? text->find(key) : std::string::npos;
  return at != std::string::npos
         && (std::stoul(text->substr(at + key.size()), nullptr, 8) & O_CLOEXEC)
                != 0;
}

/// execveat(2)'s. The kernel reads the path before it looks at them.
int take_flags(notify::request& asked) {
  const auto flags = flags_of(asked);
  asked.where.follow = (flags & AT_SYMLINK_NOFOLLOW) == 0;
  asked.where.empty_path = (flags & AT_EMPTY_PATH) != 0;
  if (asked.where.path->empty() && !asked.where.empty_path)
    return ENOENT;
  constexpr unsigned known = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
  static const unsigned newer = can_check() ? check_flag : 0;
  return (flags & ~(known | newer)) == 0 ? 0 : EINVAL;
}

std::string last_part(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

/// A file that has no name any more is called so.
std::string without_mark(std::string path) {
  constexpr std::string_view mark = " (deleted)";
  if (path.ends_with(mark))
    path.resize(path.size() - mark.size());
  return path;
}

/// Puts what a script's first line says before what there is already.
void put_before(std::vector<std::string>& arguments, const script_line& line,
                const std::string& script) {
  if (arguments.empty())
    arguments.push_back(script);
  else
    arguments.front() = script;
  if (line.argument)
    arguments.insert(arguments.begin(), *line.argument);
  arguments.insert(arguments.begin(), line.interpreter);
}

} // namespace

bool only_checks(const notify::request& asked) noexcept {
  return (flags_of(asked) & check_flag) != 0;
}

outcome preparer::open(const notify::request& asked, const std::string& path,
                       paths::runnable& into) const {
  auto wanted = asked;
  wanted.where = {};
  wanted.where.path = path;
  // Names that come from files may be empty: then the kernel means the caller's
  // directory, and that is no program.
  if (path.empty())
    return outcome::failed(EACCES);
  return by_.open_runnable(wanted, into);
}

outcome preparer::add_loader(const notify::request& asked,
                             const std::string& path, startable& into) {
  paths::runnable found;
  if (auto said = open(asked, path, found); said.error != 0)
    return said;
  // A number is nobody else's while the file is held.
  const bool known = checked_loader_ && loader_id_ == found.id;
  const int error = known ? 0 : check_loader(found.fd.get());
  if (error != 0)
    return outcome::failed(error);
  if (!known) {
    checked_loader_ = std::move(found.object);
    loader_id_ = found.id;
  }
  into.loader = std::move(found.fd);
  return {};
}

outcome preparer::prepare(notify::request asked, startable& into) {
  if (const int error = take_flags(asked); error != 0)
    return outcome::failed(error);
  paths::runnable found;
  if (auto said = by_.open_runnable(asked, found); said.error != 0)
    return said;
  if (only_checks(asked))
    return {};
  into.name = name_of(asked.where);
  auto interpreted = into.name; // what the next level calls this one
  for (int level = 0;; ++level) {
    file_head head{};
    if (::pread(found.fd.get(), head.data(), head.size(), 0) < 0)
      return outcome::failed(errno);
    if (!is_script(head))
      break;
    const auto line = read_script(head);
    if (!line)
      return outcome::failed(ENOEXEC);
    if (level == 0 && vanishes(asked))
      return outcome::failed(ENOENT);
    put_before(into.arguments, *line, interpreted);
    interpreted = line->interpreter;
    if (auto said = open(asked, line->interpreter, found); said.error != 0)
      return said;
    if (level == most_levels)
      return outcome::failed(ELOOP);
  }
  const auto loader = read_program(found.fd.get());
  if (!loader)
    return outcome::failed(loader.error().code);
  if (*loader)
    if (auto said = add_loader(asked, **loader, into); said.error != 0)
      return said;
  // Without a path it goes by the file itself (Linux 6.14).
  into.comm = last_part(asked.where.path->empty() ? without_mark(found.image)
                                                  : into.name);
  into.program = std::move(found.fd);
  into.image = std::move(found.image);
  return {};
}

} // namespace cordon::exec
