// What files of /proc say in a view, where that is not what the kernel says.
#pragma once

#include "core/paths/view.hpp"

#include <sys/types.h>

#include <string>
#include <string_view>

namespace cordon::paths {

/// What an object is called in the view, by the name that the kernel has for
/// it: a path of the view, or the kernel's own word for what is no file
/// ("pipe:[7]", a memory file, a terminal). "(unreachable)" when it has none
/// there: names outside are not told.
[[nodiscard]] std::string shown_name(const view& in,
                                     std::string_view kernel_name);

/// /proc/PID/maps or smaps with the names of the view.
[[nodiscard]] std::string shown_maps(const view& in, std::string_view text);

/// /proc/PID/status; the tracer `hidden` becomes none.
[[nodiscard]] std::string shown_status(std::string text, pid_t hidden);

enum class mount_format { mounts, mountinfo, mountstats };
/// The mounts of the view: its root, what is mounted in it, /proc.
[[nodiscard]] std::string shown_mounts(const view& in, mount_format form);

} // namespace cordon::paths
