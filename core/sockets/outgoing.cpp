#include "core/sockets/outgoing.hpp"

#include <climits>

#include <algorithm>

namespace cordon::sockets {
namespace {

using notify::target_memory;

constexpr std::size_t longest_address = sizeof(sockaddr_storage);
constexpr std::size_t most_parts = 1024;          // UIO_MAXIOV
constexpr std::uint64_t most_bytes = 0x7FFFF000;  // MAX_RW_COUNT
constexpr std::uint64_t end_of_user = 1ULL << 47; // TASK_SIZE_MAX
constexpr const char* doing = "read a message";

bool is_user(const iovec& part) {
  const auto begin = reinterpret_cast<std::uintptr_t>(part.iov_base);
  return part.iov_len <= end_of_user && begin <= end_of_user - part.iov_len;
}

/// As import_iovec() of the kernel has it: what is over the limit is cut.
int check_data(outgoing& made) {
  for (const auto& part : made.data)
    if (static_cast<std::int64_t>(part.iov_len) < 0)
      return EINVAL;
  for (auto& part : made.data) {
    if (!is_user(part))
      return EFAULT;
    part.iov_len = std::min(part.iov_len, most_bytes - made.size);
    made.size += part.iov_len;
  }
  return 0;
}

result<std::string> read_bytes(const target_memory& memory, const void* at,
                               std::size_t count) {
  std::string bytes(count, '\0');
  const auto done = memory.read(reinterpret_cast<std::uintptr_t>(at),
                                std::as_writable_bytes(std::span{bytes}));
  if (!done)
    return tl::make_unexpected(done.error());
  return bytes;
}

result<void> read_data(const target_memory& memory, const msghdr& header,
                       outgoing& into) {
  if (header.msg_iovlen > most_parts)
    return fail(EMSGSIZE, doing);
  into.data.resize(header.msg_iovlen);
  if (!into.data.empty())
    if (auto done
        = memory.read(reinterpret_cast<std::uintptr_t>(header.msg_iov),
                      std::as_writable_bytes(std::span{into.data}));
        !done)
      return done;
  if (const int error = check_data(into); error != 0)
    return fail(error, doing);
  return {};
}

} // namespace

std::vector<iovec> outgoing::part(std::uint64_t begin,
                                  std::uint64_t count) const {
  std::vector<iovec> found;
  for (const auto& each : data) {
    const auto skipped = std::min<std::uint64_t>(begin, each.iov_len);
    begin -= skipped;
    const auto taken = std::min(count, each.iov_len - skipped);
    if (taken == 0)
      continue;
    found.push_back({static_cast<char*>(each.iov_base) + skipped, taken});
    count -= taken;
  }
  return found;
}

result<outgoing> read_sendto(const notify::request& asked) {
  const auto length = static_cast<std::int32_t>(asked.args[5]);
  outgoing made;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): an address of the caller's
  made.data.push_back({reinterpret_cast<void*>(asked.args[1]),
                       std::min(asked.args[2], most_bytes)});
  if (const int error = check_data(made); error != 0)
    return fail(error, doing);
  if (length < 0 || static_cast<std::size_t>(length) > longest_address)
    return fail(EINVAL, doing);
  if (asked.unreadable)
    return fail(EFAULT, doing);
  made.address = asked.value;
  return made;
}

result<outgoing> read_header(const target_memory& memory, std::uint64_t at) {
  const auto read = memory.read_as<msghdr>(at);
  if (!read)
    return tl::make_unexpected(read.error());
  outgoing made;
  const auto named = static_cast<std::int32_t>(read->msg_namelen);
  if (read->msg_name != nullptr && named != 0) {
    if (named < 0)
      return fail(EINVAL, doing);
    auto address = read_bytes(
        memory, read->msg_name,
        std::min(static_cast<std::size_t>(named), longest_address));
    if (!address)
      return tl::make_unexpected(address.error());
    made.address = std::move(*address);
  }
  if (const auto done = read_data(memory, *read, made); !done)
    return tl::make_unexpected(done.error());
  if (read->msg_controllen > most_control)
    return fail(ENOBUFS, doing);
  if (read->msg_controllen != 0) {
    auto control = read_bytes(memory, read->msg_control, read->msg_controllen);
    if (!control)
      return tl::make_unexpected(control.error());
    made.control = std::move(*control);
  }
  return made;
}

} // namespace cordon::sockets
