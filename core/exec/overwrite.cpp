#include "core/exec/overwrite.hpp"

#include "core/linux/calls.hpp"
#include "core/notify/target_memory.hpp"
#include "core/process/family.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <span>

namespace cordon::exec {
namespace {

using notify::target_memory;

/// A name for fd `number` of whoever looks it up.
std::string fd_name(int number) {
  static const bool has_short = ::access("/dev/fd/", F_OK) == 0;
  return (has_short ? "/dev/fd/" : "/proc/self/fd/") + std::to_string(number);
}

/// argv[0], and where it is; empty when there is none.
struct first_argument {
  std::uint64_t at = 0;
  std::string text;
};

first_argument read_first(const target_memory& memory, std::uint64_t list) {
  constexpr std::size_t longest = 131072; // MAX_ARG_STRLEN
  first_argument made;
  const auto at = memory.read_as<std::uint64_t>(list);
  if (list == 0 || !at || *at == 0)
    return made;
  if (auto text = memory.read_string(*at, longest))
    made = {*at, std::move(*text)};
  return made;
}

} // namespace

int overwrite_path(const notify::request& asked, int number, unsigned token,
                   startable& what, overwritten& undo) {
  const bool at = asked.number == SYS_execveat;
  const target_memory memory{asked.tid};
  undo.at = asked.args[at ? 1 : 0];
  undo.now = std::string(token, '/') + fd_name(number);
  const auto size = undo.now.size() + 1;
  undo.was.resize(size);
  constexpr int parent = 4; // field of /proc/TID/stat
  undo.parent
      = static_cast<pid_t>(process::stat_field(asked.tid, parent).value_or(0));
  if (!sys::same_memory(asked.tid, undo.parent))
    undo.parent = 0; // no vfork(2): nobody else's memory is touched
  const auto read
      = memory.read(undo.at, std::as_writable_bytes(std::span{undo.was}));
  if (!read)
    return read.error().code;
  auto first = read_first(memory, asked.args[at ? 2 : 1]);
  const bool hit
      = first.at < undo.at + size && undo.at < first.at + first.text.size() + 1;
  if (hit && what.arguments.empty() && first.at != 0)
    what.arguments.push_back(std::move(first.text));
  const auto written
      = memory.write(undo.at, std::as_bytes(std::span{undo.now.c_str(), size}));
  return written ? 0 : written.error().code;
}

void put_back(pid_t tid, const overwritten& what) {
  const target_memory memory{tid};
  std::string seen(what.was.size(), '\0');
  const auto read
      = memory.read(what.at, std::as_writable_bytes(std::span{seen}));
  if (read && seen.compare(0, what.now.size(), what.now) == 0)
    static_cast<void>(
        memory.write(what.at, std::as_bytes(std::span{what.was})));
}

} // namespace cordon::exec
