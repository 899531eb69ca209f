// What treatments and groups are called.
#include "core/syscall/table.hpp"

namespace cordon::syscall {
namespace {

using kind = enum group;

} // namespace

std::string_view name_of(treatment what) noexcept {
  using enum treatment;
  switch (what) {
  case allow:
    return "allow";
  case deny:
    return "deny";
  case check:
    return "check";
  case group:
    return "group";
  case policy:
    return "policy";
  case unfilterable:
    return "unfilterable";
  }
  return "";
}

std::string_view name_of(kind members) noexcept {
  using enum cordon::syscall::group;
  switch (members) {
  case none:
    return "";
  case metadata:
    return "metadata";
  case sysv_ipc:
    return "sysv_ipc";
  case unix_datagram:
    return "unix_datagram";
  }
  return "";
}

kind find_group(std::string_view name) noexcept {
  for (const auto each : {kind::metadata, kind::sysv_ipc, kind::unix_datagram})
    if (name == name_of(each))
      return each;
  return kind::none;
}

} // namespace cordon::syscall
