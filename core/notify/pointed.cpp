#include "core/notify/pointed.hpp"

#include "core/linux/calls.hpp"

#include <algorithm>
#include <cstring>

namespace cordon::notify {
namespace {

using syscall::role;

constexpr std::int64_t longest_address = 128;         // sockaddr_storage
constexpr std::uint32_t fsxattr_command = 0x401C5820; // FS_IOC_FSSETXATTR
constexpr std::size_t fsxattr_size = 28;
constexpr std::uint32_t set_owner_ex = 15; // F_SETOWN_EX
constexpr std::size_t owner_ex_size = 8;
constexpr std::size_t siginfo_size = 128;
constexpr std::size_t rlimit_size = 16;
constexpr std::uint32_t first_sched_attr = 48, largest_sched_attr = 4096;

/// How many bytes of a CPU mask the kernel looks at.
std::size_t cpu_mask_size() {
  static const std::size_t size = [] {
    char bytes[8192];
    const int written = sys::cpu_mask(0, bytes, sizeof bytes);
    return written > 0 ? static_cast<std::size_t>(written) : sizeof(long);
  }();
  return size;
}

/// Bytes of a role's structure, by registers alone.
std::size_t size_of(role what, std::size_t i, const request& of) {
  const auto before = i > 0 ? static_cast<std::uint32_t>(of.args[i - 1]) : 0U;
  switch (what) {
  case role::inode_flags:
    return before == fsxattr_command ? fsxattr_size : sizeof(int);
  case role::rlimit:
    return rlimit_size;
  case role::cpu_mask:
    return std::min<std::size_t>(before, cpu_mask_size());
  case role::sched_param:
    return sizeof(int);
  case role::sched_attr:
    return sizeof(std::uint32_t); // its size, to begin with
  case role::siginfo:
    return siginfo_size;
  case role::owner:
    return before == set_owner_ex ? owner_ex_size : 0;
  case role::address: {
    const auto length = static_cast<std::int32_t>(of.args[i + 1]);
    return length < 0 || length > longest_address
               ? 0
               : static_cast<std::size_t>(length);
  }
  default:
    return 0;
  }
}

bool fill(const target_memory& memory, std::uint64_t address,
          std::string& into) {
  return memory.read(address, std::as_writable_bytes(std::span{into}))
      .has_value();
}

/// The structure after its size, which stays the one that was believed.
bool fill_attributes(const target_memory& memory, std::uint64_t address,
                     std::string& into) {
  std::uint32_t size = 0;
  std::memcpy(&size, into.data(), sizeof size);
  const auto believed = size == 0 ? first_sched_attr : size;
  if (believed < first_sched_attr || believed > largest_sched_attr) {
    into.resize(first_sched_attr);
    return true; // the kernel refuses it for its size
  }
  into.resize(believed);
  const bool read = fill(memory, address, into);
  std::memcpy(into.data(), &size, sizeof size);
  return read;
}

} // namespace

void read_pointed(const target_memory& memory, role what, std::size_t i,
                  request& into) {
  const auto address = into.args[i];
  const auto size = size_of(what, i, into);
  if (size == 0 || (address == 0 && what != role::address))
    return;
  into.value.resize(size);
  bool read = fill(memory, address, into.value);
  if (read && what == role::sched_attr)
    read = fill_attributes(memory, address, into.value);
  if (!read) {
    into.value.clear();
    into.unreadable = true;
  }
}

} // namespace cordon::notify
