#include "core/process/signals.hpp"

#include "core/base/small_file.hpp"

#include <string>
#include <string_view>

namespace cordon::process {

bool catches_signals(pid_t tid) {
  const auto status
      = read_small_file("/proc/" + std::to_string(tid) + "/status");
  const std::string_view text = status ? std::string_view{*status} : "";
  constexpr std::string_view key = "\nSigCgt:\t";
  const auto at = text.find(key);
  if (at == std::string_view::npos)
    return false;
  // Sixteen hexadecimal digits; the C library's own two signals (33 and 34
  // counted from 1) are caught in every threaded program and never interrupt
  // a call that matters.
  auto mask
      = std::stoull(std::string(text.substr(at + key.size(), 16)), nullptr, 16);
  constexpr unsigned long long internal = 3ULL << 31;
  mask &= ~internal;
  return mask != 0;
}

} // namespace cordon::process
