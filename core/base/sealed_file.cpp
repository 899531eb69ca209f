#include "core/base/sealed_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>

namespace cordon {

result<unique_fd> sealed_file(const char* name,
                              std::span<const std::byte> bytes) {
  unique_fd file{::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  if (!file)
    return fail_errno("make a file in memory");
  for (std::size_t done = 0; done < bytes.size();) {
    const auto n = ::pwrite(file.get(), bytes.data() + done,
                            bytes.size() - done, static_cast<off_t>(done));
    if (n < 0)
      return fail_errno("write a file in memory");
    done += static_cast<std::size_t>(n);
  }
  constexpr int seals
      = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (::fcntl(file.get(), F_ADD_SEALS, seals) != 0)
    return fail_errno("seal a file in memory");
  return file;
}

} // namespace cordon
