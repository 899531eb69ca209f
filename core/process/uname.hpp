// What a caller's uname(2) says in a view.
#pragma once

#include "core/notify/request.hpp"

#include <string>

namespace cordon::process {

/// Writes what the kernel says, in the caller's personality, with `hostname`
/// for the node's name, to the caller's memory. 0 or the call's errno.
/// Precondition: the notification is valid.
[[nodiscard]] int write_uname(const notify::request& asked,
                              const std::string& hostname);

} // namespace cordon::process
