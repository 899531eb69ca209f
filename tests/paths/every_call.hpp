// Every spelling of every call about paths, with sound and unsound arguments,
// as raw system calls in the directory "/" of a root that `call_root` made.
// Returns one line a call: the same in a chroot and carried out.
#pragma once

#include <string>

namespace cordon::test {

/// Opens what no answer to a call can hand over, at numbers of its own.
void open_path_fds();
inline constexpr int path_fd_of_file = 100, path_fd_of_link = 101;

/// The columns of the errno matrix for every call.
std::string errno_matrix();
/// What opens do: every combination of the flags that count.
std::string opens();
/// Names made, moved, removed, with their edge cases.
std::string names();
/// Attributes read and changed.
std::string attributes();
/// The working directory: changed, asked for, inherited, deleted.
std::string directories();

} // namespace cordon::test
