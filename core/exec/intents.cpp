#include "core/exec/intents.hpp"

#include "core/exec/name_page.hpp"

#include <sys/stat.h>

#include <string>

namespace cordon::exec {
namespace {

bool is_there(const std::string& name) {
  struct stat ignored {};
  return ::stat(name.c_str(), &ignored) == 0;
}

std::string directory_of(pid_t process) {
  return "/proc/" + std::to_string(process);
}

bool has_thread(pid_t process, pid_t tid) {
  return is_there(directory_of(process) + "/task/" + std::to_string(tid));
}

} // namespace

/// Execs that failed late, or threads that a signal handler took elsewhere,
/// leave something behind.
void intents::forget_the_dead() {
  constexpr std::size_t many = 256;
  if (all_.size() > many)
    std::erase_if(all_, [](const auto& each) {
      return !is_there(directory_of(each.first.process));
    });
}

bool intents::full() {
  constexpr std::size_t most = 512;
  forget_the_dead();
  return all_.size() >= most;
}

auto intents::first_free(pid_t process) const -> std::optional<key> {
  for (key each{process, 0}; each.token < name_page::tokens; ++each.token)
    if (!all_.contains(each))
      return each;
  return std::nullopt;
}

auto intents::reserve(pid_t process, pid_t tid) -> std::optional<key> {
  forget_the_dead();
  std::erase_if(all_, [&](const auto& each) {
    return each.first.process == process && each.second.tid == tid;
  });
  auto free = first_free(process);
  if (free)
    return free;
  // Threads that ended without another exec.
  std::erase_if(all_, [&](const auto& each) {
    return each.first.process == process
           && !has_thread(process, each.second.tid);
  });
  return first_free(process);
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
