#include "core/process/signals.hpp"

#include "core/base/small_file.hpp"
#include "core/process/family.hpp"

#include <dirent.h>
#include <signal.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cordon::process {
namespace {

using mask = unsigned long long;

constexpr mask bit(int signal) {
  return 1ULL << (signal - 1);
}

/// Ignored unless there is a handler.
constexpr mask ignored_by_default
    = bit(SIGCHLD) | bit(SIGCONT) | bit(SIGURG) | bit(SIGWINCH);

/// The masks of /proc/TID/status.
class status {
public:
  explicit status(const std::string& directory)
      : text_(read_small_file(directory + "/status").value_or("")) {
  }
  /// Sixteen hexadecimal digits after "\nSigCgt:\t"; 0 when it is gone.
  [[nodiscard]] mask of(std::string_view key) const {
    const auto at = text_.find(key);
    return at == std::string::npos
               ? 0
               : std::stoull(text_.substr(at + key.size(), 16), nullptr, 16);
  }

private:
  std::string text_;
};

constexpr std::string_view pending = "\nSigPnd:\t", shared = "\nShdPnd:\t",
                           blocked = "\nSigBlk:\t", ignored = "\nSigIgn:\t",
                           caught = "\nSigCgt:\t";

/// What every other thread of the process blocks.
mask blocked_by_others(const std::string& tasks, pid_t but) {
  const std::unique_ptr<DIR, int (*)(DIR*)> list{::opendir(tasks.c_str()),
                                                 &::closedir};
  mask all = ~0ULL;
  if (!list)
    return 0;
  while (const auto* const entry = ::readdir(list.get())) {
    const std::string_view name = entry->d_name;
    if (name[0] != '.' && name != std::to_string(but))
      all &= status((tasks + "/").append(name)).of(blocked);
  }
  return all;
}

} // namespace

bool catches_signals(pid_t tid) {
  // The C library's own two signals (32 and 33) are caught in every threaded
  // program and never interrupt a call that matters.
  constexpr mask internal = bit(32) | bit(33);
  return (status("/proc/" + std::to_string(tid)).of(caught) & ~internal) != 0;
}

bool is_signalled(pid_t tid) {
  const status own("/proc/" + std::to_string(tid));
  const mask dropped = own.of(ignored) | (ignored_by_default & ~own.of(caught));
  const mask heard = ~own.of(blocked) & ~dropped;
  if ((own.of(pending) & heard) != 0)
    return true;
  const mask of_process = own.of(shared) & heard;
  const auto process = process_of(tid).value_or(0);
  if (of_process == 0 || tid == process)
    return of_process != 0; // the first thread comes first
  return (of_process
          & blocked_by_others("/proc/" + std::to_string(process) + "/task",
                              tid))
         != 0;
}

} // namespace cordon::process
