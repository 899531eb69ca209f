// Which names of /proc a view shows, and how: the rows of the synthetic table
// that lie beneath /proc. What is not listed is closed.
#pragma once

#include "core/paths/view.hpp"

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace cordon::paths {

struct proc_name {
  enum class kind : std::uint8_t {
    closed,    ///< not shown: EACCES where the kernel has it, else ENOENT
    directory, ///< the kernel's, its names by this table
    file,      ///< the kernel's, for reading
    content,   ///< made by us when it is opened
    link,      ///< leads where the kernel's says
    caller,    ///< self, thread-self: leads to who asks
    object,    ///< fd/N, cwd, exe: leads to an object of the process
    root,      ///< root: leads to the view's
  };
  enum class content : std::uint8_t {
    none,
    maps, ///< and smaps: names of files are the view's
    mounts,
    mountinfo,
    mountstats,
    cgroup,
    status,
    hostname,
  };
  kind what = kind::closed;
  content of = content::none;
  pid_t process = 0; ///< whose it is; 0: nobody's
  pid_t thread = 0;  ///< beneath task/
};

/// `place`: beneath /proc, without a slash at either end; "" is /proc itself.
[[nodiscard]] proc_name find_in_proc(std::string_view place);

/// The row of a position in a tree of kind proc.
[[nodiscard]] proc_name row_of(const view& in, const position& where);

/// The place that rules are asked about: in /proc what belongs to a process is
/// "self/…" for each, since processes of one sandbox keep no secrets from each
/// other that a number would guard. Elsewhere `where` itself.
[[nodiscard]] position rules_place(const view& in, const position& where);

} // namespace cordon::paths
