#include "core/exec/intents.hpp"

#include "core/exec/name_page.hpp"

#include <sys/stat.h>

#include <string>

namespace cordon::exec {
namespace {

bool is_gone(pid_t process) {
  struct stat ignored {};
  return ::stat(("/proc/" + std::to_string(process)).c_str(), &ignored) != 0;
}

} // namespace

/// Execs that failed late, or threads that a signal handler took elsewhere,
/// leave something behind.
void intents::forget_the_dead() {
  constexpr std::size_t many = 256;
  if (all_.size() > many)
    std::erase_if(all_,
                  [](const auto& each) { return is_gone(each.first.process); });
}

bool intents::full() {
  constexpr std::size_t most = 512;
  forget_the_dead();
  return all_.size() >= most;
}

intents::key intents::reserve(pid_t process, pid_t tid) {
  forget_the_dead();
  std::erase_if(all_, [&](const auto& each) {
    return each.first.process == process && each.second.tid == tid;
  });
  // As many threads of one process hardly start programs at once; should they,
  // the kernel lets one of them do it.
  key free{process, 0};
  while (free.token + 1 < name_page::tokens && all_.contains(free))
    ++free.token;
  return free;
}

void intents::add(key of, pid_t tid, startable what) {
  all_.insert_or_assign(of, kept{tid, std::move(what)});
}

std::optional<startable> intents::take_back(key of) {
  const auto found = all_.find(of);
  if (found == all_.end())
    return std::nullopt;
  auto what = std::move(found->second.what);
  all_.erase(found);
  return what;
}

std::optional<startable> intents::take(key of) {
  auto what = take_back(of);
  if (what)
    std::erase_if(all_, [&](const auto& each) {
      return each.first.process == of.process;
    });
  return what;
}

} // namespace cordon::exec
