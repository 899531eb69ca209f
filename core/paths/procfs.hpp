// /proc as a view shows it: the caller's own entries, those of processes of its
// sandbox, and the files of proc_table.hpp. The kernel's objects are pinned and
// shown as they are, but for what would tell of the host.
#pragma once

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"
#include "core/paths/made_files.hpp"
#include "core/paths/proc_table.hpp"
#include "core/paths/view.hpp"

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace cordon::paths {

/// What the file system alone does not know of a run.
struct surroundings {
  /// Whether a thread belongs to the sandbox, at this moment. Unset: none does.
  std::function<bool(pid_t)> is_member = {};
  /// The path, in the view, of what a process runs; unset or nothing: what the
  /// kernel says.
  std::function<std::optional<std::string>(pid_t)> program_of = {};
  pid_t keeper = 0;          ///< traces threads, and is not shown
  std::string hostname = {}; ///< empty: the host's own
  bool sorted = false;       ///< listings are in the order of bytes
};

/// Where a link leads.
struct proc_target {
  std::string text; ///< continue with this path, unless `fd` is set
  unique_fd fd;     ///< O_PATH: the object
  std::optional<position> where; ///< of `fd`; unset: it is not in the view
  bool reads = false;            ///< how the process holds it
  bool writes = false;
  pid_t process = 0; ///< who holds it
  int number = -1;   ///< as which fd
};

/// One thread uses it. `caller` is always a thread that waits for its answer.
class procfs {
public:
  procfs(const view& in, const surroundings& with)
      : view_(in)
      , with_(with) {
  }

  /// A name in a directory of /proc (`directory`, which is `at`): an O_PATH fd
  /// of the object or link, or a file that was made. ENOENT for processes that
  /// are not of the sandbox, EACCES for what is closed.
  [[nodiscard]] result<unique_fd> enter(int directory, const position& at,
                                        const std::string& name) const;
  /// Whether it is there for whoever lists the directory.
  [[nodiscard]] bool lists(int directory, const position& at,
                           const std::string& name) const {
    return pin(directory, at, name).has_value();
  }
  /// Whether something of the caller's is a directory that it may go on from.
  [[nodiscard]] bool admits(const position& at) const;

  /// Where the link `name` there leads (a row that is a link).
  [[nodiscard]] result<proc_target> follow(int directory, const position& at,
                                           const std::string& name,
                                           pid_t caller) const;
  /// What readlink(2) says of it. `link` is its O_PATH fd.
  [[nodiscard]] result<std::string> text_of(int link, const position& where,
                                            pid_t caller) const;
  /// Whether what is there is made by us when it is opened.
  [[nodiscard]] bool makes(const position& where) const;
  /// The content of such a row, as an fd to be opened again.
  [[nodiscard]] result<unique_fd> content(const position& where) const;

private:
  [[nodiscard]] result<unique_fd> pin(int directory, const position& at,
                                      const std::string& name) const;
  [[nodiscard]] bool shows(const proc_name& row) const;
  [[nodiscard]] std::optional<std::string> program_of(pid_t process) const;

  const view& view_;
  const surroundings& with_;
  mutable made_files made_;
};

} // namespace cordon::paths
