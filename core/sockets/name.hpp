// getsockname(2) and getpeername(2), where names are not what the kernel has.
#pragma once

#include "core/base/unique_fd.hpp"
#include "core/notify/request.hpp"

#include <optional>
#include <string>

namespace cordon::sockets {

/// The path that an AF_UNIX socket, or its peer, is bound to; nothing for
/// another socket, or one without a path, or not connected.
[[nodiscard]] std::optional<std::string> path_of(const unique_fd& socket,
                                                 bool of_peer);

/// Gives the caller of `asked` an AF_UNIX address with this path, as much as it
/// has room for. 0 or the errno.
[[nodiscard]] int give_path(const notify::request& asked,
                            const std::string& path);

} // namespace cordon::sockets
