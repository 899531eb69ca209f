// What a caller's numbers mean: its working directory and its file descriptors,
// pinned.
#pragma once

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"
#include "core/paths/view.hpp"

#include <sys/types.h>

namespace cordon::paths {

/// An fd of the caller, as an O_PATH fd of ours to the same object.
struct held {
  unique_fd fd;
  bool reads = false; ///< how the caller opened it; neither: with O_PATH
  bool writes = false;
};

/// A thread that waits for its answer. What it gives is the caller's only if
/// the notification is still valid afterwards. Errors: EBADF for a number that
/// is no fd; ESRCH and EACCES when the thread is gone.
class caller {
public:
  explicit caller(pid_t tid) noexcept
      : tid_(tid) {
  }

  [[nodiscard]] pid_t tid() const noexcept {
    return tid_;
  }
  [[nodiscard]] result<held> fd(int number) const;
  /// The same object, without how it was opened.
  [[nodiscard]] result<unique_fd> pin(int number) const;
  [[nodiscard]] result<unique_fd> working_directory() const;
  /// Where a relative path starts: the directory `number` (or AT_FDCWD), and
  /// where it is in `in`. EBADF; ENOTDIR; EACCES when it is not in the view.
  struct beginning {
    unique_fd fd;
    position where;
  };
  [[nodiscard]] result<beginning> start(const view& in, int number) const;

  /// Its file mode creation mask.
  [[nodiscard]] result<mode_t> umask() const;
  /// Whether it could take no other fd now (EMFILE). Exact where its table has
  /// no holes above its limit.
  [[nodiscard]] bool is_full() const;

private:
  pid_t tid_;
};

} // namespace cordon::paths
