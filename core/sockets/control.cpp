#include "core/sockets/control.hpp"

#include "core/base/small_file.hpp"
#include "core/notify/caller_fds.hpp"
#include "core/process/family.hpp"

#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <sstream>

namespace cordon::sockets {
namespace {

constexpr std::size_t most_fds = 253;       // SCM_MAX_FD
constexpr std::uint64_t no_id = 0xFFFFFFFF; // (uid_t)-1 is nobody's
constexpr const char* doing = "carry a control message";

std::string about(pid_t tid, const char* what) {
  return "/proc/" + std::to_string(tid) + "/" + what;
}

/// Whether a thread's user ids mean what ours do.
bool shares_user_namespace(pid_t tid) {
  struct stat theirs {
  }, own{};
  return ::stat(about(tid, "ns/user").c_str(), &theirs) == 0
         && ::stat("/proc/self/ns/user", &own) == 0
         && theirs.st_ino == own.st_ino && theirs.st_dev == own.st_dev;
}

/// An id of a thread's user namespace in ours: `map` is "uid_map", "gid_map".
std::optional<std::uint64_t> outside(pid_t tid, const char* map,
                                     std::uint64_t id) {
  if (id == no_id)
    return std::nullopt;
  if (shares_user_namespace(tid))
    return id;
  std::istringstream lines{read_small_file(about(tid, map)).value_or("")};
  std::uint64_t first = 0, target = 0, count = 0;
  while (lines >> first >> target >> count)
    if (id >= first && id - first < count)
      return target + (id - first);
  return std::nullopt;
}

/// Whether `id` is among the real, effective and saved ones of a thread.
/// `line` is "\nUid:", "\nGid:" of /proc/TID/status.
bool has_id(const std::string& status, const char* line, std::uint64_t id) {
  const auto at = status.find(line);
  if (at == std::string::npos)
    return false;
  std::istringstream numbers{status.substr(at + std::strlen(line))};
  std::array<std::uint64_t, 3> ids{};
  numbers >> ids[0] >> ids[1] >> ids[2];
  return numbers && (ids[0] == id || ids[1] == id || ids[2] == id);
}

/// 0, or what the kernel would say of credentials that thread `tid` gives.
int carry_credentials(ucred& given, pid_t tid, pid_t as) {
  const auto uid = outside(tid, "uid_map", given.uid);
  const auto gid = outside(tid, "gid_map", given.gid);
  const auto status = read_small_file(about(tid, "status"));
  if (!uid || !gid || !status)
    return EINVAL;
  if (process::process_of(tid) != given.pid || !has_id(*status, "\nUid:", *uid)
      || !has_id(*status, "\nGid:", *gid))
    return EPERM;
  given = {as, static_cast<uid_t>(*uid), static_cast<gid_t>(*gid)};
  return 0;
}

class carrying {
public:
  carrying(carried_control& made, pid_t tid, pid_t as)
      : made_(made)
      , tid_(tid)
      , as_(as) {
  }

  /// One message: its data is `size` bytes at `at`.
  int one(const cmsghdr& header, char* at, std::size_t size) {
    if (header.cmsg_level != SOL_SOCKET)
      return 0;
    if (header.cmsg_type == SCM_RIGHTS)
      return rights(at, size / sizeof(int));
    if (header.cmsg_type != SCM_CREDENTIALS || size != sizeof(ucred))
      return 0;
    ucred given{};
    std::memcpy(&given, at, sizeof given);
    const int error = carry_credentials(given, tid_, as_);
    std::memcpy(at, &given, sizeof given);
    return error;
  }

private:
  int rights(char* at, std::size_t count) {
    if (made_.fds.size() + count > most_fds)
      return EINVAL;
    for (std::size_t i = 0; i < count; ++i, at += sizeof(int)) {
      int fd = -1;
      std::memcpy(&fd, at, sizeof fd);
      auto taken = fds_.take(tid_, fd);
      if (!taken)
        return taken.error().code;
      fd = taken->get();
      std::memcpy(at, &fd, sizeof fd);
      made_.fds.push_back(std::move(*taken));
    }
    return 0;
  }

  carried_control& made_;
  pid_t tid_;
  pid_t as_;
  notify::caller_fds fds_;
};

} // namespace

result<carried_control> carry_control(std::string bytes, pid_t tid, pid_t as) {
  carried_control made{std::move(bytes), {}};
  carrying each{made, tid, as};
  auto& all = made.bytes;
  cmsghdr header{};
  for (std::size_t at = 0; at + sizeof header <= all.size();) {
    std::memcpy(&header, all.data() + at, sizeof header);
    // The kernel refuses all of it, and has not looked further.
    if (header.cmsg_len < sizeof header || header.cmsg_len > all.size() - at)
      break;
    if (const int error = each.one(header, all.data() + at + sizeof header,
                                   header.cmsg_len - sizeof header);
        error != 0)
      return fail(error, doing);
    at += CMSG_ALIGN(header.cmsg_len);
  }
  return made;
}

} // namespace cordon::sockets
