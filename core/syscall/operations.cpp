#include "core/syscall/operations.hpp"

#include <fcntl.h>

#include <algorithm>

namespace cordon::syscall {
namespace {

using enum role;
using op = operation;
/// Registers that a handler reads by their place.
constexpr auto number = none;

/// At the end of its route: a child is walled as its parent is, and where
/// processes are counted somebody has answered before.
constexpr std::int16_t may_run = 0;

// clang-format off
constexpr trap_row table[] = {
  {"chmod", op::chmod, {path, mode}},
  {"fchmod", op::chmod, {fd, mode}},
  {"fchmodat", op::chmod, {dirfd, path, mode}},
  {"fchmodat2", op::chmod, {dirfd, path, mode, at_flags}},
  {"chown", op::chown, {path, uid, gid}},
  {"lchown", op::chown, {path, uid, gid}, true},
  {"fchown", op::chown, {fd, uid, gid}},
  {"fchownat", op::chown, {dirfd, path, uid, gid, at_flags}},
  {"utime", op::utimens, {path, utimbuf}},
  {"utimes", op::utimens, {path, timevals}},
  {"futimesat", op::utimens, {dirfd, maybe_path, timevals}},
  {"utimensat", op::utimens, {dirfd, maybe_path, timespecs, at_flags}},
  {"setxattr", op::setxattr, {path, xattr_name, xattr_value, xattr_size, xattr_flags}},
  {"lsetxattr", op::setxattr, {path, xattr_name, xattr_value, xattr_size, xattr_flags}, true},
  {"fsetxattr", op::setxattr, {fd, xattr_name, xattr_value, xattr_size, xattr_flags}},
  {"setxattrat", op::setxattr, {dirfd, null_path, at_flags, xattr_name, xattr_args, args_size}},
  {"removexattr", op::removexattr, {path, xattr_name}},
  {"lremovexattr", op::removexattr, {path, xattr_name}, true},
  {"fremovexattr", op::removexattr, {fd, xattr_name}},
  {"removexattrat", op::removexattr, {dirfd, null_path, at_flags, xattr_name}},
  {"open", op::open, {path, open_flags, mode}},
  {"openat", op::open, {dirfd, path, open_flags, mode}},
  {"openat2", op::open, {dirfd, path, open_how, how_size}},
  {"creat", op::open, {path, mode}, false, O_CREAT | O_WRONLY | O_TRUNC},
  {"stat", op::stat, {path, buffer}},
  {"lstat", op::stat, {path, buffer}, true},
  {"newfstatat", op::stat, {dirfd, null_path, buffer, stat_flags}},
  {"statx", op::statx, {dirfd, null_path, statx_flags, mask, buffer}},
  {"access", op::access, {path, access_mode}},
  {"faccessat", op::access, {dirfd, path, access_mode}},
  {"faccessat2", op::access, {dirfd, path, access_mode, access_flags}},
  {"readlink", op::readlink, {path, buffer, path_size}, true},
  {"readlinkat", op::readlink, {dirfd, path, buffer, path_size}, true},
  {"statfs", op::statfs, {path, buffer}},
  {"getxattr", op::getxattr, {path, xattr_name, buffer, buffer_size}},
  {"lgetxattr", op::getxattr, {path, xattr_name, buffer, buffer_size}, true},
  {"getxattrat", op::getxattr, {dirfd, null_path, at_flags, xattr_name, xattr_room, args_size}},
  {"listxattr", op::listxattr, {path, buffer, buffer_size}},
  {"llistxattr", op::listxattr, {path, buffer, buffer_size}, true},
  {"listxattrat", op::listxattr, {dirfd, null_path, at_flags, buffer, buffer_size}},
  {"file_getattr", op::getattr, {dirfd, null_path, buffer, buffer_size, at_flags}},
  {"file_setattr", op::setattr, {dirfd, null_path, file_attr, args_size, at_flags}},
  {"truncate", op::truncate, {path, length}},
  {"mkdir", op::mkdir, {path, mode}},
  {"mkdirat", op::mkdir, {dirfd, path, mode}},
  {"mknod", op::mknod, {path, node_mode, device}},
  {"mknodat", op::mknod, {dirfd, path, node_mode, device}},
  {"unlink", op::remove, {path}},
  {"rmdir", op::remove, {path}, false, AT_REMOVEDIR},
  {"unlinkat", op::remove, {dirfd, path, remove_flags}},
  {"rename", op::rename, {path, new_path}},
  {"renameat", op::rename, {dirfd, path, new_dirfd, new_path}},
  {"renameat2", op::rename, {dirfd, path, new_dirfd, new_path, rename_flags}},
  {"link", op::link, {path, new_path}, true},
  {"linkat", op::link, {dirfd, path, new_dirfd, new_path, link_flags}, true},
  {"symlink", op::symlink, {link_text, path}},
  {"symlinkat", op::symlink, {link_text, dirfd, path}},
  {"chdir", op::chdir, {path}},
  {"getcwd", op::getcwd, {buffer, buffer_size}},
  {"getdents", op::list, {fd, buffer, buffer_size}, false, old_listing},
  {"getdents64", op::list, {fd, buffer, buffer_size}},
  {"inotify_add_watch", op::watch, {fd, path, mask}},
  {"execve", op::exec, {path}},
  {"execveat", op::exec, {dirfd, path}},
  {"fork", op::fork, {}, false, 0, may_run},
  {"vfork", op::fork, {}, false, 0, may_run},
  {"clone", op::fork, {}, false, 0, may_run},
  {"prctl", op::dumpable, {}},
  {"ptrace", op::trace, {}},
  {"ioctl", op::inode_flags, {fd, number, role::inode_flags}},
  {"prlimit64", op::limit, {number, number, rlimit}},
  {"setpriority", op::priority, {}},
  {"ioprio_set", op::priority, {}},
  {"sched_setaffinity", op::schedule, {number, number, cpu_mask}},
  {"sched_getaffinity", op::schedule, {number, buffer_size, buffer}},
  {"sched_setscheduler", op::schedule, {number, number, role::sched_param}},
  {"sched_setparam", op::schedule, {number, role::sched_param}},
  {"sched_setattr", op::schedule, {number, role::sched_attr}},
  {"connect", op::connect, {fd, address}},
  {"listen", op::listen, {fd}},
  {"bind", op::bind, {fd, address}},
  {"getsockname", op::socket_name, {fd}},
  {"getpeername", op::socket_name, {fd}, false, of_peer},
  {"sendto", op::send, {fd, number, number, number, address}},
  {"sendmsg", op::send, {fd}},
  {"sendmmsg", op::send, {fd}},
  {"kill", op::signal, {}},
  {"tkill", op::signal, {}},
  {"tgkill", op::signal, {}},
  {"rt_sigqueueinfo", op::signal, {number, number, siginfo}},
  {"rt_tgsigqueueinfo", op::signal, {number, number, number, siginfo}},
  {"pidfd_send_signal", op::signal, {fd, number, siginfo}},
  {"fcntl", op::owner, {fd, number, role::owner}},
};
// clang-format on

} // namespace

std::string_view name_of(operation what) noexcept {
  constexpr std::string_view names[operation_count]
      = {"chmod",       "chown",       "utimens",   "setxattr", "removexattr",
         "open",        "stat",        "statx",     "access",   "readlink",
         "statfs",      "getxattr",    "listxattr", "getattr",  "setattr",
         "truncate",    "mkdir",       "mknod",     "remove",   "rename",
         "link",        "symlink",     "chdir",     "getcwd",   "list",
         "watch",       "exec",        "fork",      "dumpable", "trace",
         "raw",         "inode_flags", "limit",     "priority", "schedule",
         "connect",     "listen",      "signal",    "owner",    "bind",
         "socket_name", "send"};
  static_assert(!names[operation_count - 1].empty());
  return names[static_cast<std::size_t>(what)];
}

bool is_about_paths(operation what) noexcept {
  return what <= op::exec;
}

std::span<const trap_row> trap_rows() noexcept {
  return table;
}

const trap_row* find_trap(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(table, name, &trap_row::syscall);
  return found == std::end(table) ? nullptr : found;
}

} // namespace cordon::syscall
