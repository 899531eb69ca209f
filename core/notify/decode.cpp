#include "core/notify/decode.hpp"

#include "core/linux/calls.hpp"
#include "core/notify/call_flags.hpp"
#include "core/notify/pointed.hpp"
#include "core/notify/target_memory.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#include <utime.h>

#include <cstdio>
#include <optional>
#include <utility>

namespace cordon::notify {
namespace {

using syscall::role;

constexpr std::size_t longest_path = 4096;      // PATH_MAX, with the NUL
constexpr std::size_t longest_xattr_name = 256; // XATTR_NAME_MAX + NUL
constexpr std::uint64_t largest_xattr = 65536;  // XATTR_SIZE_MAX
constexpr int known_xattr_flags = 3;            // CREATE, REPLACE
/// struct xattr_args (include/uapi/linux/xattr.h, Linux 6.13).
struct xattr_arguments {
  std::uint64_t value;
  std::uint32_t size;
  std::uint32_t flags;
};

/// Reads one call's arguments. Each step returns 0 or the call's errno.
class reader {
public:
  reader(const syscall::trap_row& row, const seccomp_notif& raw)
      : row_(row)
      , memory_(static_cast<pid_t>(raw.pid)) {
    made.op = row.op;
    made.id = raw.id;
    made.tid = static_cast<pid_t>(raw.pid);
    made.number = raw.data.nr;
    std::copy(std::begin(raw.data.args), std::end(raw.data.args),
              made.args.begin());
    made.where.follow = !row.nofollow;
    made.open_flags = row.implied;
    made.is_old_listing = row.op == syscall::operation::list
                          && row.implied == syscall::old_listing;
    made.at_flags = static_cast<int>(row.implied);
  }

  /// Does `step` for every argument whose role it is about.
  template <class Step>
  int each(Step step) {
    for (std::size_t i = 0; i < row_.roles.size(); ++i)
      if (const int error = (this->*step)(row_.roles[i], i); error != 0)
        return error;
    return 0;
  }

  /// What registers alone say.
  int numbers(role what, std::size_t i) {
    const auto value = made.args[i];
    switch (what) {
    case role::dirfd:
    case role::fd:
      made.where.fd = static_cast<int>(value);
      return 0;
    case role::new_dirfd:
      made.to.fd = static_cast<int>(value);
      return 0;
    case role::mode:
      made.mode = static_cast<mode_t>(value) & 07777;
      return 0;
    case role::node_mode:
      made.mode = static_cast<mode_t>(value) & 0177777;
      return unsound_kind(made.mode);
    case role::device:
      made.device = static_cast<std::uint32_t>(value);
      return 0;
    case role::access_mode:
      made.mask = static_cast<std::uint32_t>(value);
      return (made.mask & ~all_access_modes) != 0 ? EINVAL : 0;
    case role::length:
      made.length = static_cast<std::int64_t>(value);
      return made.length < 0 ? EINVAL : 0;
    case role::mask:
      made.mask = static_cast<std::uint32_t>(value);
      return 0;
    case role::buffer:
      made.buffer = value;
      return 0;
    case role::buffer_size:
      made.room = value;
      return 0;
    case role::path_size:
      made.room = static_cast<std::uint32_t>(value);
      return static_cast<std::int32_t>(value) <= 0 ? EINVAL : 0;
    case role::uid:
      made.uid = static_cast<uid_t>(value);
      return 0;
    case role::gid:
      made.gid = static_cast<gid_t>(value);
      return 0;
    case role::xattr_flags:
      made.flags = static_cast<int>(value);
      return 0;
    case role::xattr_value:
      value_ = {value, made.args[i + 1]};
      return 0;
    default:
      return 0;
    }
  }

  /// Structures that the kernel copies before it looks at anything else.
  int structures(role what, std::size_t i) {
    switch (what) {
    case role::timespecs:
      return times<std::array<timespec, 2>>(made.args[i],
                                            [](const auto& t) { return t; });
    case role::timevals:
      return timevals(made.args[i]);
    case role::utimbuf:
      return times<::utimbuf>(made.args[i], [](const auto& t) {
        return std::array{timespec{t.actime, 0}, timespec{t.modtime, 0}};
      });
    case role::xattr_args:
      return xattr_args(made.args[i], made.args[i + 1]);
    case role::xattr_room:
      return xattr_room(made.args[i], made.args[i + 1]);
    default:
      return 0;
    }
  }

  int at_flags(role what, std::size_t i) {
    const auto known = known_flags(what);
    if (!known)
      return 0;
    const auto flags = static_cast<unsigned>(made.args[i]);
    if ((flags & ~*known) != 0)
      return EINVAL;
    if (what == role::rename_flags)
      return rename_flags(flags);
    made.at_flags = static_cast<int>(flags);
    made.where.empty_path = (flags & AT_EMPTY_PATH) != 0;
    if (what == role::link_flags)
      made.where.follow = (flags & AT_SYMLINK_FOLLOW) != 0;
    else
      made.where.follow = (flags & AT_SYMLINK_NOFOLLOW) == 0;
    constexpr unsigned both = AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC;
    constexpr std::uint32_t reserved = 0x80000000; // STATX__RESERVED
    if (what == role::statx_flags
        && ((flags & both) == both || (made.mask & reserved) != 0))
      return EINVAL;
    return 0;
  }

  /// Whether the flags of an open are sound: the kernel says so itself.
  int open_flags(role what, std::size_t i) {
    const bool simple = what == role::open_flags;
    if (!simple && what != role::open_how)
      return 0;
    if (!simple)
      return open_how(made.args[i], made.args[i + 1]);
    return take_open_flags(static_cast<int>(made.args[i]), made);
  }

  int xattr_names(role what, std::size_t i) {
    if (what != role::xattr_name)
      return 0;
    if ((made.flags & ~known_xattr_flags) != 0)
      return EINVAL;
    auto name = memory_.read_string(made.args[i], longest_xattr_name);
    if (!name)
      return name.error().code == ENAMETOOLONG ? ERANGE : name.error().code;
    made.name = std::move(*name);
    return made.name.empty() ? ERANGE : 0;
  }

  int xattr_values(role what, std::size_t i) {
    if (what == role::file_attr)
      return file_attr(made.args[i], made.args[i + 1]);
    if (what != role::xattr_value && what != role::xattr_args)
      return 0;
    if (value_.size > largest_xattr)
      return E2BIG;
    made.value.resize(value_.size);
    if (made.value.empty())
      return 0;
    const auto done = memory_.read(
        value_.address, std::as_writable_bytes(std::span{made.value}));
    return done ? 0 : done.error().code;
  }

  int pointed(role what, std::size_t i) {
    read_pointed(memory_, what, i, made);
    return 0;
  }

  /// The path comes last: the kernel looks names up when all else is sound.
  int paths(role what, std::size_t i) {
    if (what == role::null_path && made.args[i] == 0 && made.where.empty_path) {
      made.where.path.emplace();
      return 0;
    }
    if (what == role::new_path)
      return read_path(i, made.to.path);
    if (what == role::link_text) {
      std::optional<std::string> text;
      const int error = read_path(i, text);
      if (error == 0)
        made.text = std::move(*text);
      return error == 0 && made.text.empty() ? ENOENT : error;
    }
    if (what == role::maybe_path && made.args[i] == 0
        && made.where.fd != AT_FDCWD)
      // utimensat(fd, NULL): the fd itself; flags have no meaning then.
      return made.where.empty_path || !made.where.follow ? EINVAL : 0;
    const bool is_path = what == role::path || what == role::maybe_path
                         || what == role::null_path;
    return is_path ? read_path(i, made.where.path) : 0;
  }

  request made;

private:
  int read_path(std::size_t i, std::optional<std::string>& into) {
    auto path = memory_.read_string(made.args[i], longest_path);
    if (!path)
      return path.error().code;
    into = std::move(*path);
    return 0;
  }

  int rename_flags(unsigned flags) {
    made.flags = static_cast<int>(flags);
    constexpr unsigned exclusive = RENAME_NOREPLACE | RENAME_EXCHANGE;
    return (flags & exclusive) == exclusive ? EINVAL : 0;
  }

  int open_how(std::uint64_t address, std::uint64_t size) {
    constexpr std::uint64_t page = 4096, first_size = 24;
    if (size < first_size)
      return EINVAL;
    if (size > page)
      return E2BIG;
    std::array<std::byte, page> bytes;
    const std::span whole{bytes.data(), size};
    if (const auto done = memory_.read(address, whole); !done)
      return done.error().code;
    return take_open_how(whole, made);
  }

  /// Where getxattrat(2) shall put the value.
  int xattr_room(std::uint64_t address, std::uint64_t size) {
    if (const int error = xattr_args(address, size); error != 0)
      return error;
    made.buffer = value_.address;
    made.room = value_.size;
    return std::exchange(made.flags, 0) != 0 ? EINVAL : 0;
  }

  template <class From, class Convert>
  int times(std::uint64_t address, Convert convert) {
    if (address == 0)
      return 0;
    const auto got = memory_.read_as<From>(address);
    if (!got)
      return got.error().code;
    made.times = convert(*got);
    return 0;
  }

  int timevals(std::uint64_t address) {
    if (address == 0)
      return 0;
    const auto got = memory_.read_as<std::array<timeval, 2>>(address);
    if (!got)
      return got.error().code;
    std::array<timespec, 2> converted;
    for (std::size_t i = 0; i < 2; ++i) {
      const auto& t = (*got)[i];
      if (t.tv_usec < 0 || t.tv_usec >= 1'000'000)
        return EINVAL;
      converted[i] = {t.tv_sec, t.tv_usec * 1000};
    }
    made.times = converted;
    return 0;
  }

  /// Whether they are sound the kernel says itself.
  int file_attr(std::uint64_t address, std::uint64_t size) {
    constexpr std::uint64_t page = 4096, first_size = 24;
    if (size > page)
      return E2BIG;
    if (size < first_size)
      return EINVAL;
    made.value.resize(size);
    if (const auto done
        = memory_.read(address, std::as_writable_bytes(std::span{made.value}));
        !done)
      return done.error().code;
    const int said = sys::judge_file_attr(made.value.data(), size);
    return said == EFAULT ? 0 : said;
  }

  int xattr_args(std::uint64_t address, std::uint64_t size) {
    if (size < sizeof(xattr_arguments))
      return EINVAL;
    if (size > 4096)
      return E2BIG;
    const auto got = memory_.read_as<xattr_arguments>(address);
    if (!got)
      return got.error().code;
    made.flags = static_cast<int>(got->flags);
    value_ = {got->value, got->size};
    return unknown_tail(address, size);
  }

  /// A later structure is taken as long as what we do not know is zero.
  int unknown_tail(std::uint64_t address, std::uint64_t size) {
    std::string tail(size - sizeof(xattr_arguments), '\0');
    if (tail.empty())
      return 0;
    const auto done = memory_.read(address + sizeof(xattr_arguments),
                                   std::as_writable_bytes(std::span{tail}));
    if (!done)
      return done.error().code;
    return tail.find_first_not_of('\0') == std::string::npos ? 0 : E2BIG;
  }

  struct {
    std::uint64_t address = 0;
    std::uint64_t size = 0;
  } value_;
  const syscall::trap_row& row_;
  target_memory memory_;
};

} // namespace

result<request> decode(const syscall::trap_row& row, const seccomp_notif& raw) {
  reader read{row, raw};
  for (const auto step :
       {&reader::numbers, &reader::open_flags, &reader::structures,
        &reader::at_flags, &reader::xattr_names, &reader::xattr_values,
        &reader::pointed, &reader::paths})
    if (const int error = read.each(step); error != 0)
      return fail(error, "decode a call");
  return std::move(read.made);
}

} // namespace cordon::notify
