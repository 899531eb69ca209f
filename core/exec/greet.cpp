#include "core/exec/greet.hpp"

#include "core/exec/handoff.hpp"
#include "core/notify/target_memory.hpp"

#include <sys/syscall.h>

#include <cstring>
#include <span>

namespace cordon::exec {
namespace {

/// Adds `text` with its NUL. Returns how much that was.
std::uint32_t append(std::string& to, const std::string& text) {
  to.append(text.c_str(), text.size() + 1);
  return static_cast<std::uint32_t>(text.size() + 1);
}

} // namespace

bool is_greeting(const notify::request& asked) noexcept {
  return asked.number == SYS_execve && asked.where.path
         && *asked.where.path == greeting_path;
}

int hand_over(notify::calls& kernel, const notify::request& asked,
              const startable& what) {
  handoff_facts head{};
  std::string text;
  head.argument_count = static_cast<std::uint32_t>(what.arguments.size());
  for (const auto& each : what.arguments)
    head.argument_bytes += append(text, each);
  head.name_length = append(text, what.name);
  head.comm_length = append(text, what.comm.substr(0, 15));
  head.image_length = append(text, what.image);
  if (text.size() > handoff::room)
    return ENOMEM;
  head.program = kernel.add_fd(asked.id, what.program.get(), true);
  if (head.program < 0)
    return -head.program;
  head.interpreter
      = what.loader ? kernel.add_fd(asked.id, what.loader->get(), true) : -1;
  if (what.loader && head.interpreter < 0)
    return -head.interpreter;
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
