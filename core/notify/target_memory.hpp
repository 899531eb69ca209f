// Memory of a thread that waits for an answer.
#pragma once

#include "core/base/result.hpp"

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace cordon::notify {

/// Reads and writes by thread id. What was read may be believed only when the
/// notification is still valid afterwards: until then the number could have
/// passed to another thread. Errors: EFAULT for an address the caller could
/// not use itself; EPERM and ESRCH as process_vm_readv(2).
class target_memory {
public:
  explicit target_memory(pid_t tid) noexcept
      : tid_(tid) {
  }

  /// Fills `into` whole.
  [[nodiscard]] result<void> read(std::uint64_t address,
                                  std::span<std::byte> into) const;
  /// Bytes up to a NUL, which is left out. At most `limit` bytes with the NUL,
  /// else ENAMETOOLONG.
  [[nodiscard]] result<std::string> read_string(std::uint64_t address,
                                                std::size_t limit) const;
  /// What lies in several places, one after the other, as far as it can be
  /// read: how many bytes that is.
  [[nodiscard]] std::size_t gather(std::span<const iovec> from,
                                   std::span<std::byte> into) const;
  /// Writes all of `from`; read-only memory is EFAULT, as for the kernel.
  [[nodiscard]] result<void> write(std::uint64_t address,
                                   std::span<const std::byte> from) const;

  /// One object of plain bytes.
  template <class T>
  [[nodiscard]] result<T> read_as(std::uint64_t address) const {
    T value{};
    const auto done
        = read(address, std::as_writable_bytes(std::span{&value, 1}));
    if (!done)
      return tl::make_unexpected(done.error());
    return value;
  }

private:
  pid_t tid_;
};

} // namespace cordon::notify
