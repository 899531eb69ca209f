#include "core/process/privileges.hpp"

#include "core/linux/calls.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>

#include <cerrno>
#include <cstring>

namespace cordon::process {
namespace {

/// CAP_LAST_CAP is 40 today; the sets have 64 bits.
constexpr unsigned long capability_bits = 64;
constexpr std::uint32_t cap_setpcap_bit = 1U << 8;

/// PR_CAPBSET_DROP answers EINVAL past the last capability the kernel knows.
int empty_bounding_set() {
  for (unsigned long capability = 0; capability < capability_bits; ++capability)
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0)
      return errno == EINVAL ? 0 : errno;
  return 0;
}

/// Writes "INSIDE OUTSIDE 1", without the C library's formatting.
struct map_line {
  char text[32];
  std::size_t length = 0;

  void number(std::uint32_t value) {
    char digits[10];
    std::size_t count = 0;
    do
      digits[count++] = static_cast<char>('0' + value % 10);
    while ((value /= 10) != 0);
    while (count > 0)
      text[length++] = digits[--count];
  }
  void space() {
    text[length++] = ' ';
  }
};

int write_file(const char* path, const char* bytes, std::size_t length) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0)
    return errno;
  const auto written = ::write(fd, bytes, length);
  const int error = written < 0 ? errno : 0;
  ::close(fd);
  return error;
}

int write_map(const char* path, std::uint32_t inside, std::uint32_t outside) {
  map_line line;
  line.number(inside);
  line.space();
  line.number(outside);
  line.space();
  line.number(1);
  return write_file(path, line.text, line.length);
}

} // namespace

int drop_capabilities() noexcept {
  sys::capability_header header;
  sys::capability_words words[2] = {};
  if (sys::capget(header, words) != 0)
    return errno;
  if ((words[0].effective & cap_setpcap_bit) != 0) {
    if (const int error = empty_bounding_set(); error != 0)
      return error;
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (::prctl(PR_SET_SECUREBITS, sys::abi::locked_securebits, 0, 0, 0) != 0)
      return errno;
  } else if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) {
    return errno;
  }
  const sys::capability_words none[2] = {};
  return sys::capset(header, none) != 0 ? errno : 0;
}

int enter_user_namespace(id_map who) noexcept {
  const auto uid = ::geteuid();
  const auto gid = ::getegid();
  if (who.uid == uid && who.gid == gid)
    return 0;
  if (::unshare(CLONE_NEWUSER) != 0)
    return errno;
  if (const int error = write_map("/proc/self/uid_map", who.uid, uid);
      error != 0)
    return error;
  // Without it the kernel refuses a gid map to an unprivileged writer.
  if (const int error = write_file("/proc/self/setgroups", "deny", 4);
      error != 0)
    return error;
  return write_map("/proc/self/gid_map", who.gid, gid);
}

} // namespace cordon::process
