// What trapped calls mean: which operation a spelling is, and what each of its
// arguments is. Legacy and modern spellings share one operation, so they share
// one handler. Adding a trapped call is a line in operations.cpp.
#pragma once

#include <array>
#include <cerrno>
#include <cstdint>
#include <span>
#include <string_view>

namespace cordon::syscall {

/// What a trapped call asks for.
enum class operation : std::uint8_t {
  chmod,
  chown,
  utimens,
  setxattr,
  removexattr,
  open,
  stat,
  statx,
  access,
  readlink,
  statfs,
  getxattr,
  listxattr,
  getattr, ///< file_getattr(2)
  setattr, ///< file_setattr(2)
  truncate,
  mkdir,
  mknod,
  remove, ///< unlink(2) and rmdir(2)
  rename,
  link,
  symlink,
  chdir,
  getcwd,
  list,  ///< getdents(2)
  watch, ///< inotify_add_watch(2)
  exec,
  fork,
  dumpable,
  trace,
  raw, ///< a call without a row that a handler asked for: registers alone
  inode_flags,
  limit,
  priority,
  schedule,
  connect,
  listen,
  signal,
  owner,
  bind,
  socket_name, ///< getsockname(2), getpeername(2)
  send,        ///< sendto(2) to an address, sendmsg(2), sendmmsg(2)
};

/// How many operations there are; they count from 0.
inline constexpr std::size_t operation_count = 42;

/// "chmod", "chown", …
[[nodiscard]] std::string_view name_of(operation op) noexcept;

/// Whether it names files, so that a view of the file system changes what it
/// means; starting a program is among them.
[[nodiscard]] bool is_about_paths(operation op) noexcept;

/// What an argument of a trapped call is.
enum class role : std::uint8_t {
  none,
  dirfd,        ///< where a relative path starts
  fd,           ///< the object itself
  path,         ///< NUL-terminated, at most 4096 bytes with the NUL
  maybe_path,   ///< the same; NULL means the object that dirfd is
  null_path,    ///< the same; NULL means "" with AT_EMPTY_PATH
  at_flags,     ///< AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH, nothing else
  stat_flags,   ///< those, AT_NO_AUTOMOUNT and how to synchronise
  statx_flags,  ///< the same, and not both ways to synchronise
  access_flags, ///< those of at_flags and AT_EACCESS
  link_flags,   ///< AT_SYMLINK_FOLLOW and AT_EMPTY_PATH
  remove_flags, ///< AT_REMOVEDIR
  rename_flags, ///< RENAME_NOREPLACE or RENAME_EXCHANGE
  new_dirfd,    ///< where a relative second path starts
  new_path,     ///< the second name of rename and link
  link_text,    ///< what a symlink shall say: a path that is not looked up
  open_flags,   ///< as open(2): unknown ones do not count
  open_how,     ///< struct open_how (Linux 5.6)
  how_size,     ///< of it
  mode,         ///< umode_t: 16 bits
  node_mode,    ///< the same, with the kind of file
  device,       ///< dev_t
  access_mode,  ///< R_OK, W_OK, X_OK
  length,       ///< of a file
  mask,         ///< of statx, of inotify
  buffer,       ///< where the answer goes
  buffer_size,  ///< how much of it there is
  path_size,    ///< the same as an int, at least 1
  xattr_room,   ///< struct xattr_args: where a value goes
  uid,          ///< -1: leave
  gid,          ///< -1: leave
  timespecs,    ///< two; NULL means now
  timevals,     ///< two; NULL means now
  utimbuf,      ///< two seconds; NULL means now
  xattr_name,   ///< NUL-terminated, 1…255 bytes
  xattr_value,  ///< as many bytes as the next `xattr_size` says
  xattr_size,   ///< at most 65536
  xattr_flags,  ///< XATTR_CREATE, XATTR_REPLACE
  xattr_args,   ///< struct xattr_args (Linux 6.13): value, size, flags
  args_size,    ///< of the structure before
  file_attr,    ///< struct file_attr (Linux 6.17)
  // What the kernel itself checks when the call is carried out: memory that
  // cannot be read is passed on as such (request::unreadable).
  inode_flags, ///< what the command before takes: an int, or struct fsxattr
  rlimit,      ///< struct rlimit64
  cpu_mask,    ///< as many bytes as the argument before says
  sched_param, ///< struct sched_param
  sched_attr,  ///< struct sched_attr, which begins with its size
  address,     ///< struct sockaddr, as long as the next argument says
  siginfo,     ///< siginfo_t; NULL: the kernel makes one
  owner,       ///< what the command before takes: a number, or f_owner_ex
};

/// `implied` of getdents(2): its records have an older form.
inline constexpr std::uint32_t old_listing = 1;

/// `implied` of getpeername(2).
inline constexpr std::uint32_t of_peer = 1;

/// One spelling of an operation.
struct trap_row {
  std::string_view syscall;
  operation op;
  std::array<role, 6> roles;
  /// The last symlink is not followed, without a flag saying so.
  bool nofollow = false;
  /// What the name of the call says and others say by flags.
  std::uint32_t implied = 0;
  /// How the call ends when every subsystem says `next`: with this errno; 0
  /// lets the kernel run it, and is for calls that the wall alone makes safe.
  std::int16_t at_end = EPERM;
};

/// All rows.
[[nodiscard]] std::span<const trap_row> trap_rows() noexcept;

/// The row of a call, or nullptr when nothing ever handles it.
[[nodiscard]] const trap_row* find_trap(std::string_view syscall) noexcept;

} // namespace cordon::syscall
