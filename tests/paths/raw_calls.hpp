// Raw calls about paths and how their outcomes are written down.
#pragma once

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

namespace cordon::test {

template <class T>
long as_word(T value) {
  if constexpr (std::is_pointer_v<T>)
    return reinterpret_cast<long>(value);
  else if constexpr (std::is_null_pointer_v<T>)
    return 0;
  else
    return static_cast<long>(value);
}

/// -errno or the result.
template <class... T>
long raw(long number, T... arguments) {
  const long returned = ::syscall(number, as_word(arguments)...);
  return returned < 0 ? -errno : returned;
}

/// An fd that was only asked for: 0, or its error.
inline long closed(long fd) {
  if (fd >= 0)
    ::close(static_cast<int>(fd));
  return fd < 0 ? fd : 0;
}

/// Kind, flags, size and mode of an open file, as its owner sees them.
std::string describe_fd(long fd);

/// Lines.
class record {
public:
  void add(const std::string& what, long outcome, const std::string& more = {});
  /// What a name is at the moment, asked by its own lstat.
  void state(const char* path);
  [[nodiscard]] const std::string& text() const noexcept {
    return text_;
  }

private:
  std::string text_;
};

/// One spelling of a call with its path and flags as parameters; those without
/// a directory or flags leave them out.
struct path_call {
  const char* name;
  long (*make)(int fd, const char* path, unsigned flags);
};
const std::vector<path_call>& every_call();

} // namespace cordon::test
