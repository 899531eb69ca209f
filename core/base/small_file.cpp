#include "core/base/small_file.hpp"

#include "core/base/unique_fd.hpp"

#include <fcntl.h>

namespace cordon {

std::optional<std::string> read_small_file(const std::string& path) {
  const unique_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file)
    return std::nullopt;
  std::string all;
  char bytes[4096];
  for (ssize_t n; (n = ::read(file.get(), bytes, sizeof bytes)) > 0;)
    all.append(bytes, static_cast<std::size_t>(n));
  return all;
}

} // namespace cordon
