#include "core/seccomp/probe.hpp"

#include "core/linux/calls.hpp"

#include <linux/seccomp.h>

#include <cerrno>

namespace cordon::seccomp {

bool listener_available() noexcept {
  // With flags that are sound the kernel gets as far as the missing program;
  // an outer filter or an older kernel says no before that.
  return sys::seccomp(SECCOMP_SET_MODE_FILTER, sys::abi::seccomp_new_listener,
                      nullptr)
             < 0
         && errno == EFAULT;
}

} // namespace cordon::seccomp
