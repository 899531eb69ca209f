#include "actors/user_handler.hpp"

#include "core/base/sealed_file.hpp"
#include "core/syscall/table.hpp"

#include <cerrno>

namespace cordon::actors {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 20;
constexpr std::size_t most_strings = 4096;
constexpr std::size_t most_string_bytes = std::size_t{128} << 10;

} // namespace

result<void> handler_call::check_alive() const {
  if (!kernel_->valid(asked_->id))
    return fail(ESRCH, "look at a caller that has gone");
  return {};
}

result<void> handler_call::read(std::uint64_t address,
                                std::span<std::byte> into) const {
  if (into.size() > most_bytes)
    return fail(E2BIG, "read that much of a caller");
  const auto done = notify::target_memory{asked_->tid}.read(address, into);
  return done ? check_alive() : done;
}

result<std::string> handler_call::read_string(std::uint64_t address,
                                              std::size_t limit) const {
  if (limit > most_bytes)
    return fail(E2BIG, "read that much of a caller");
  auto text = notify::target_memory{asked_->tid}.read_string(address, limit);
  if (const auto alive = check_alive(); text && !alive)
    return tl::make_unexpected(alive.error());
  return text;
}

result<void> handler_call::write(std::uint64_t address,
                                 std::span<const std::byte> bytes) const {
  if (bytes.size() > most_bytes)
    return fail(E2BIG, "write that much into a caller");
  // Before: what is written into another's memory cannot be taken back.
  if (auto alive = check_alive(); !alive)
    return alive;
  return notify::target_memory{asked_->tid}.write(address, bytes);
}

result<std::vector<std::string>> handler_call::argv() const {
  if (asked_->op != syscall::operation::exec)
    return fail(EINVAL, "read the arguments of a call that is no exec");
  const auto* const at_name = syscall::find_trap("execveat");
  const auto* const call = syscall::find(syscall::native, asked_->number);
  const bool is_at
      = at_name != nullptr && call != nullptr && call->name == at_name->syscall;
  auto list = asked_->args[is_at ? 2 : 1];
  const notify::target_memory memory{asked_->tid};
  std::vector<std::string> strings;
  std::size_t room = most_string_bytes;
  while (list != 0) {
    const auto pointer = memory.read_as<std::uint64_t>(list);
    if (!pointer)
      return tl::make_unexpected(pointer.error());
    if (*pointer == 0)
      break;
    if (strings.size() == most_strings)
      return fail(E2BIG, "read the arguments of an exec");
    auto text = memory.read_string(*pointer, room);
    if (!text)
      return tl::make_unexpected(text.error());
    room -= text->size();
    strings.push_back(std::move(*text));
    list += sizeof(std::uint64_t);
  }
  if (auto alive = check_alive(); !alive)
    return tl::make_unexpected(alive.error());
  return strings;
}

answer give_bytes(std::span<const std::byte> bytes, bool close_on_exec) {
  auto file = sealed_file("cordon-handler", bytes);
  return file ? answer::give_fd(std::move(*file), close_on_exec)
              : answer::fail(file.error().code);
}

answer give_bytes(std::string_view text, bool close_on_exec) {
  return give_bytes(std::as_bytes(std::span{text.data(), text.size()}),
                    close_on_exec);
}

} // namespace cordon::actors
