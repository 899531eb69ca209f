// Messages as their senders describe them: sendto(2), struct msghdr.
#pragma once

#include "core/base/result.hpp"
#include "core/notify/request.hpp"
#include "core/notify/target_memory.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstdint>
#include <string>
#include <vector>

namespace cordon::sockets {

/// The most control messages that are carried, in bytes: as much as Linux has
/// room for by default (net.core.optmem_max).
inline constexpr std::size_t most_control = 131072;

/// Read once; the data itself is still the sender's.
struct outgoing {
  std::string address;
  std::vector<iovec> data; ///< where it lies in the sender's memory
  std::uint64_t size = 0;  ///< of all of it
  std::string control;

  /// Bytes from `begin` on: where they lie, `count` of them at most.
  [[nodiscard]] std::vector<iovec> part(std::uint64_t begin,
                                        std::uint64_t count) const;
};

/// The one message of sendto(2), which names its receiver. Errors are the
/// call's.
[[nodiscard]] result<outgoing> read_sendto(const notify::request& asked);

/// A struct msghdr. Errors in the kernel's order: EFAULT, EINVAL, EMSGSIZE,
/// ENOBUFS for control messages that are too long.
[[nodiscard]] result<outgoing> read_header(const notify::target_memory& memory,
                                           std::uint64_t at);

} // namespace cordon::sockets
