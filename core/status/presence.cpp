#include "core/status/presence.hpp"

#include "core/status/registry.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <atomic>

namespace cordon::status {
namespace {

/// Nobody has made so many at once; past it something is wrong.
constexpr int attempts = 100;

/// A number that no other draft of this process has.
int next_number() noexcept {
  static std::atomic<int> last{0};
  return ++last;
}

std::string draft_name() {
  return "." + std::to_string(::getpid()) + "-" + std::to_string(next_number());
}

/// Opens and locks the new directory. Fails when somebody who took it for a
/// leftover was faster.
unique_fd lock_draft(int runtime, const std::string& name) {
  unique_fd made{::openat(runtime, name.c_str(),
                          O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  struct stat facts {};
  const bool ours = made && ::flock(made.get(), LOCK_EX | LOCK_NB) == 0
                    && ::fstat(made.get(), &facts) == 0 && facts.st_nlink != 0;
  return ours ? std::move(made) : unique_fd{};
}

} // namespace

result<presence> presence::begin() {
  auto runtime = open_runtime_directory(missing::make);
  if (!runtime)
    return tl::make_unexpected(runtime.error());
  presence made;
  made.runtime_ = std::move(*runtime);
  for (int i = 0; i < attempts; ++i) {
    const auto name = draft_name();
    if (::mkdirat(made.runtime_.get(), name.c_str(), S_IRWXU) != 0) {
      if (errno == EEXIST)
        continue; // of a process that had our number
      return fail_errno("make a directory for the run", runtime_path());
    }
    made.directory_ = lock_draft(made.runtime_.get(), name);
    if (made.directory_) {
      made.name_ = name;
      made.path_ = runtime_path() + "/" + name;
      return made;
    }
  }
  return fail(EAGAIN, "make a directory for the run", runtime_path());
}

result<void> presence::listen() {
  unique_fd made{
      ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // By the directory's fd: a path may be longer than an address holds.
  std::snprintf(address.sun_path, sizeof address.sun_path,
                "/proc/self/fd/%d/%s", directory_.get(), control_socket);
  if (!made
      || ::bind(made.get(), reinterpret_cast<const sockaddr*>(&address),
                sizeof address)
             != 0
      || ::listen(made.get(), SOMAXCONN) != 0)
    return fail_errno("make the control endpoint");
  endpoint_ = std::move(made);
  return {};
}

/// Onto nothing, or onto an empty directory, which nobody can hold: all that
/// are held have a board.
bool presence::rename_to(const std::string& name) {
  if (::renameat(runtime_.get(), name_.c_str(), runtime_.get(), name.c_str())
      != 0)
    return false;
  name_ = name;
  return true;
}

result<void> presence::take_name(const std::string& name, on_conflict what) {
  for (int i = 1; i <= attempts; ++i) {
    const auto wanted = i == 1 ? name : name + "-" + std::to_string(i);
    board_->rename(wanted);
    if (rename_to(wanted))
      return {};
    remove_leftover(runtime_.get(), wanted);
    if (rename_to(wanted))
      return {};
    if (errno != EEXIST && errno != ENOTEMPTY)
      return fail_errno("put the run in place", runtime_path() + "/" + wanted);
    if (what == on_conflict::fail)
      break;
  }
  return fail(EEXIST, "take the name", name);
}

result<void> presence::publish(const run_identity& who, on_conflict what) {
  const auto name = who.name;
  auto made = board::create(directory_.get(), board_file, who);
  if (!made)
    return tl::make_unexpected(made.error());
  board_ = std::move(*made);
  if (auto listening = listen(); !listening)
    return listening;
  return take_name(name, what);
}

presence::hold presence::numbers() const {
  return {runtime_.get(), directory_.get(), board_->fd(), endpoint_.get(),
          name_};
}

result<presence> presence::adopt(const hold& numbers) {
  presence made;
  made.runtime_.reset(numbers.runtime);
  made.directory_.reset(numbers.directory);
  made.endpoint_.reset(numbers.endpoint);
  made.name_ = numbers.name;
  auto board = board::adopt(unique_fd{numbers.board});
  if (!board)
    return tl::make_unexpected(board.error());
  made.board_ = std::move(*board);
  return made;
}

void presence::remove() noexcept {
  if (!directory_)
    return;
  endpoint_.reset();
  if (board_)
    remove_run(runtime_.get(), name_, directory_.get());
  else // nothing is in it
    ::unlinkat(runtime_.get(), name_.c_str(), AT_REMOVEDIR);
  directory_.reset();
}

void presence::release() noexcept {
  ::flock(directory_.get(), LOCK_UN);
}

void presence::hide() const noexcept {
  remove_run(runtime_.get(), name_, directory_.get());
}

presence::~presence() {
  remove();
}

std::string derived_name(const std::string& program) {
  constexpr std::size_t longest = 40;
  std::string name;
  for (const char c : program.substr(program.rfind('/') + 1)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                       || (c >= '0' && c <= '9') || c == '.' || c == '_'
                       || c == '-';
    const bool first = name.empty() && (c == '.' || c == '-');
    if (name.size() < longest)
      name += plain && !first ? c : '_';
  }
  return (name.empty() ? "run" : name) + "-" + std::to_string(::getpid());
}

} // namespace cordon::status
