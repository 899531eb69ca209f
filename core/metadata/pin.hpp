// The object a request names, held so that nothing can replace it any more.
#pragma once

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"
#include "core/notify/caller_fds.hpp"
#include "core/notify/request.hpp"

namespace cordon::metadata {

/// A pinned object.
struct pinned {
  unique_fd fd; ///< O_PATH, or the caller's own open file
  /// The caller holds it open for writing, so the wall let it.
  bool open_for_writing = false;
  /// Something was opened by thread id on the way.
  bool by_thread = false;
};

/// Resolves the place of `from` once, as the caller's own call would: from its
/// fds and its working directory, following what it follows. Errors are the
/// call's (ENOENT, EBADF, ENOTDIR, ELOOP, …). Links of /proc that jump
/// (/proc/self/fd/N and its like) are the caller's fds; others are refused
/// with ELOOP, and all else in /proc with EPERM. What was opened by thread id
/// may be believed only when the notification is still valid afterwards.
[[nodiscard]] result<pinned> pin(const notify::request& from,
                                 notify::caller_fds& fds);

} // namespace cordon::metadata
