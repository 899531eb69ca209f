// Which program a process runs, where the kernel only knows the stub.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace cordon::exec {

/// What /proc/PID/exe of `tid`'s process is in the view: the path of the
/// program where it was when it was started; of a memory file the kernel's name
/// ("/memfd:name (deleted)"). Kept in the process itself (name_page.hpp), so it
/// is right after fork(2), and no more than a claim: look the path up as the
/// process could. Nothing: the process is gone, or hides it.
[[nodiscard]] std::optional<std::string> image_of(pid_t tid);

} // namespace cordon::exec
