#include "core/process/uname.hpp"

#include "core/base/small_file.hpp"
#include "core/notify/target_memory.hpp"

#include <sys/personality.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace cordon::process {
namespace {

/// The release and the machine depend on it (UNAME26, PER_LINUX32).
unsigned long personality_of(pid_t tid) {
  const auto text
      = read_small_file("/proc/" + std::to_string(tid) + "/personality");
  unsigned long found = 0;
  if (text)
    std::from_chars(text->data(), text->data() + text->size(), found, 16);
  return found;
}

} // namespace

int write_uname(const notify::request& asked, const std::string& hostname) {
  utsname facts{};
  // A thread's own, and taken back at once.
  constexpr unsigned long just_ask = 0xFFFFFFFF;
  const auto ours = ::personality(just_ask);
  if (::personality(personality_of(asked.tid)) < 0)
    return errno;
  const int failed = ::uname(&facts) == 0 ? 0 : errno;
  ::personality(static_cast<unsigned long>(ours));
  if (failed != 0)
    return failed;
  std::memset(facts.nodename, 0, sizeof facts.nodename);
  hostname.copy(facts.nodename,
                std::min(hostname.size(), sizeof facts.nodename - 1));
  const auto written = notify::target_memory{asked.tid}.write(
      asked.args[0], std::as_bytes(std::span{&facts, 1}));
  return written ? 0 : written.error().code;
}

} // namespace cordon::process
