#include "core/syscall/operations.hpp"

#include <algorithm>

namespace cordon::syscall {
namespace {

using enum role;
using op = operation;

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
  {"setxattrat", op::setxattr, {dirfd, path, at_flags, xattr_name, xattr_args, args_size}},
  {"removexattr", op::removexattr, {path, xattr_name}},
  {"lremovexattr", op::removexattr, {path, xattr_name}, true},
  {"fremovexattr", op::removexattr, {fd, xattr_name}},
  {"removexattrat", op::removexattr, {dirfd, path, at_flags, xattr_name}},
  {"fork", op::fork, {}},
  {"vfork", op::fork, {}},
  {"clone", op::fork, {}},
  {"prctl", op::dumpable, {}},
  {"ptrace", op::trace, {}},
};
// clang-format on

} // namespace

std::string_view name_of(operation what) noexcept {
  constexpr std::string_view names[operation_count]
      = {"chmod",       "chown", "utimens",  "setxattr",
         "removexattr", "fork",  "dumpable", "trace"};
  return names[static_cast<std::size_t>(what)];
}

std::span<const trap_row> trap_rows() noexcept {
  return table;
}

const trap_row* find_trap(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(table, name, &trap_row::syscall);
  return found == std::end(table) ? nullptr : found;
}

} // namespace cordon::syscall
