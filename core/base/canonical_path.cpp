#include "core/base/canonical_path.hpp"

#include "core/base/unique_fd.hpp"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <memory>

namespace cordon {

/// Three system calls, where realpath(3) makes one for each part of a path.
std::optional<std::string> canonical_path(const std::string& path) {
  if (const unique_fd place{::open(path.c_str(), O_PATH | O_CLOEXEC)}) {
    const auto link = "/proc/self/fd/" + std::to_string(place.get());
    char bytes[PATH_MAX];
    const auto length = ::readlink(link.c_str(), bytes, sizeof bytes);
    // Without a name there: /proc is not mounted, or the place is removed.
    if (length > 0 && bytes[0] == '/')
      return std::string(bytes, static_cast<std::size_t>(length));
  }
  const std::unique_ptr<char, decltype(&::free)> resolved{
      ::realpath(path.c_str(), nullptr), &::free};
  if (!resolved)
    return std::nullopt;
  return std::string(resolved.get());
}

} // namespace cordon
