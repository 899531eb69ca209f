// "/proc/PID/…" where nothing may be allocated and there is no C library.
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace cordon::process {

struct proc_path {
  char text[32] = "/proc/";

  /// `file`: "/stat" or what is no longer than "/status".
  proc_path(pid_t pid, std::string_view file) {
    char digits[12];
    std::size_t count = 0;
    for (; pid > 0; pid /= 10)
      digits[count++] = static_cast<char>('0' + pid % 10);
    char* to = text + 6;
    while (count > 0)
      *to++ = digits[--count];
    std::ranges::copy(file, to);
  }
};

} // namespace cordon::process
