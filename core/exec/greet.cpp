#include "core/exec/greet.hpp"

#include "core/exec/handoff.hpp"
#include "core/notify/target_memory.hpp"

#include <sys/resource.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>

namespace cordon::exec {
namespace {

/// Adds `text` with its NUL. Returns how much that was.
std::uint32_t append(std::string& to, const std::string& text) {
  to.append(text.c_str(), text.size() + 1);
  return static_cast<std::uint32_t>(text.size() + 1);
}

/// A program's own fds, at most: its file and its loader.
struct handed {
  std::array<int, 2> fds{};
  std::array<int, 2> numbers{-1, -1};
  std::size_t count = 0;

  void add(const unique_fd& fd) {
    if (fd)
      fds[count++] = fd.get();
  }
  /// Those that have no number yet.
  int give(notify::calls& kernel, notify::caller to) {
    const auto first = static_cast<std::size_t>(std::ranges::find(numbers, -1)
                                                - numbers.begin());
    return kernel.add_fds(to, std::span{fds}.first(count).subspan(first), true,
                          std::span{numbers}.subspan(first));
  }
};

/// The kernel's exec needs no fds, so when all numbers of the program are taken
/// its soft limit steps aside for a moment.
int give(notify::calls& kernel, notify::caller to, handed& what) {
  const int error = what.give(kernel, to);
  rlimit was{};
  if (error != EMFILE || ::prlimit(to.tid, RLIMIT_NOFILE, nullptr, &was) != 0)
    return error;
  constexpr rlim_t slack = 1024;
  const rlimit more{std::min(was.rlim_max, was.rlim_cur + slack), was.rlim_max};
  if (::prlimit(to.tid, RLIMIT_NOFILE, &more, nullptr) != 0)
    return error;
  const int again = what.give(kernel, to);
  static_cast<void>(::prlimit(to.tid, RLIMIT_NOFILE, &was, nullptr));
  return again;
}

} // namespace

bool is_greeting(const notify::request& asked) noexcept {
  return asked.number == SYS_execve && asked.where.path
         && *asked.where.path == greeting_path;
}

int hand_over(notify::calls& kernel, const notify::request& asked,
              const startable& what, const std::string& stub) {
  handoff_facts head{};
  std::string text;
  head.argument_count = static_cast<std::uint32_t>(what.arguments.size());
  for (const auto& each : what.arguments)
    head.argument_bytes += append(text, each);
  head.name_length = append(text, what.name);
  head.comm_length = append(text, what.comm.substr(0, 15));
  head.image_length = append(text, what.image);
  head.stub_length = append(text, stub);
  head.trap = what.trap;
  if (text.size() > handoff::room)
    return ENOMEM;
  handed files;
  files.add(what.program);
  files.add(what.loader);
  if (const int error = give(kernel, {asked.id, asked.tid}, files); error != 0)
    return error;
  head.program = files.numbers[0];
  head.interpreter = files.numbers[1];
  std::string bytes(reinterpret_cast<const char*>(&head), sizeof head);
  bytes += text;
  if (!kernel.valid(asked.id))
    return ESRCH;
  const auto done = notify::target_memory{asked.tid}.write(
      asked.args[1], std::as_bytes(std::span{bytes}));
  return done ? 0 : done.error().code;
}

bool has_name_page(pid_t tid, const std::string& stub) {
  name_page wanted;
  put_name(wanted, stub.c_str());
  const auto length = std::strlen(wanted.name) + 1;
  std::string seen(length, '\0');
  return notify::target_memory{tid}
             .read(name_page_at, std::as_writable_bytes(std::span{seen}))
             .has_value()
         && std::memcmp(seen.data(), wanted.name, length) == 0;
}

} // namespace cordon::exec
