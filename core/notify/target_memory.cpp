#include "core/notify/target_memory.hpp"

#include <sys/uio.h>

#include <algorithm>

namespace cordon::notify {
namespace {

constexpr std::uint64_t page = 4096;

iovec local(const std::byte* bytes, std::size_t count) {
  return {const_cast<std::byte*>(bytes), count};
}

/// User addresses are below the top half of the address space; a tag in the
/// upper bits is not a different address to the kernel either.
iovec remote(std::uint64_t address, std::size_t count) {
  return {reinterpret_cast<void*>(address), count}; // NOLINT: theirs, not ours
}

tl::unexpected<error> failed_access() {
  // Only EFAULT is the caller's doing; the rest is ours to report.
  return fail_errno("reach the target's memory");
}

} // namespace

result<void> target_memory::read(std::uint64_t address,
                                 std::span<std::byte> into) const {
  const auto to = local(into.data(), into.size());
  const auto from = remote(address, into.size());
  const auto got = ::process_vm_readv(tid_, &to, 1, &from, 1, 0);
  if (got < 0)
    return failed_access();
  if (static_cast<std::size_t>(got) != into.size())
    return fail(EFAULT, "read the target's memory");
  return {};
}

result<std::string> target_memory::read_string(std::uint64_t address,
                                               std::size_t limit) const {
  // Never across a page that the string does not reach: the next one may not
  // be there. So the first read ends with its page, and most strings with it.
  std::string text;
  while (text.size() < limit) {
    std::byte bytes[page];
    const auto at = address + text.size();
    const auto wanted
        = std::min<std::uint64_t>(limit - text.size(), page - at % page);
    const auto to = local(bytes, wanted);
    const auto from = remote(at, wanted);
    const auto got = ::process_vm_readv(tid_, &to, 1, &from, 1, 0);
    if (got < 0)
      return failed_access();
    const auto* const first = reinterpret_cast<const char*>(bytes);
    const auto* const end = first + got;
    const auto* const nul = std::find(first, end, '\0');
    text.append(first, nul);
    if (nul != end)
      return text;
    if (static_cast<std::uint64_t>(got) != wanted)
      return fail(EFAULT, "read a string of the target");
  }
  return fail(ENAMETOOLONG, "read a string of the target");
}

std::size_t target_memory::gather(std::span<const iovec> from,
                                  std::span<std::byte> into) const {
  const auto to = local(into.data(), into.size());
  const auto got
      = ::process_vm_readv(tid_, &to, 1, from.data(), from.size(), 0);
  return got < 0 ? 0 : static_cast<std::size_t>(got);
}

result<void> target_memory::write(std::uint64_t address,
                                  std::span<const std::byte> from) const {
  const auto ours = local(from.data(), from.size());
  const auto to = remote(address, from.size());
  const auto done = ::process_vm_writev(tid_, &ours, 1, &to, 1, 0);
  if (done < 0)
    return failed_access();
  if (static_cast<std::size_t>(done) != from.size())
    return fail(EFAULT, "write the target's memory");
  return {};
}

} // namespace cordon::notify
