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

intents::key intents::put(key at, pid_t tid, startable what) {
  forget_the_dead();
  std::erase_if(all_, [&](const auto& each) {
    return each.first.process == at.process && each.second.tid == tid;
  });
  all_.insert_or_assign(at, kept{tid, std::move(what)});
  return at;
}

intents::key intents::add(pid_t process, pid_t tid, startable what) {
  // As many threads of one process hardly start programs at once; should they,
  // the kernel lets one of them do it.
  next_token_ = next_token_ % (name_page::tokens - 1) + 1;
  return put({process, next_token_}, tid, std::move(what));
}

intents::key intents::add_plain(pid_t process, pid_t tid, startable what) {
  return put({process, 0}, tid, std::move(what));
}

pid_t intents::other_thread(pid_t process, pid_t tid) const {
  for (auto each = all_.lower_bound({process, 0});
       each != all_.end() && each->first.process == process; ++each)
    if (each->second.tid != tid)
      return each->second.tid;
  return 0;
}

void intents::drop(key of) {
  all_.erase(of);
}

std::optional<startable> intents::take(key of) {
  const auto found = all_.find(of);
  if (found == all_.end())
    return std::nullopt;
  auto what = std::move(found->second.what);
  // The others' threads are no more.
  std::erase_if(
      all_, [&](const auto& each) { return each.first.process == of.process; });
  return what;
}

} // namespace cordon::exec
