// "/proc/self/fd/N": the name that leads to a pinned object itself.
#pragma once

#include <array>
#include <charconv>
#include <cstring>

namespace cordon::paths {

/// Made without allocation: it is needed for every call on behalf.
class fd_path {
public:
  explicit fd_path(int fd) noexcept {
    constexpr std::size_t stem = 14;
    std::memcpy(text_.data(), "/proc/self/fd/", stem);
    *std::to_chars(text_.data() + stem, text_.data() + text_.size() - 1, fd).ptr
        = '\0';
  }
  [[nodiscard]] const char* c_str() const noexcept {
    return text_.data();
  }

private:
  std::array<char, 32> text_;
};

} // namespace cordon::paths
