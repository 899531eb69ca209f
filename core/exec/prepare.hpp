// From a call of the exec family to what is needed to start the program: found,
// checked and opened in the view, in the kernel's order (fs/exec.c).
#pragma once

#include "core/exec/handoff.hpp"
#include "core/paths/carrier.hpp"

#include <string>
#include <vector>

namespace cordon::exec {

/// A program that a caller may start.
struct startable {
  unique_fd program;
  unique_fd loader; ///< that it asks for; none: it needs none
  /// What takes the place of argv[0] when it is a script; empty: it stays.
  std::vector<std::string> arguments;
  std::string name;  ///< as the kernel would call it: AT_EXECFN
  std::string comm;  ///< /proc/PID/comm
  std::string image; ///< of the program itself, in the view: /proc/PID/exe
  exec_trap trap = exec_trap::stays;
};

/// Whether the caller only wants to know whether it could: AT_EXECVE_CHECK
/// (Linux 6.14) looks at nothing but the file itself.
[[nodiscard]] bool only_checks(const notify::request& asked) noexcept;

class preparer {
public:
  explicit preparer(const paths::carrier& by) noexcept
      : by_(by) {
  }

  /// Fills `into`. A failure is the call's: ENOENT, EACCES, ENOEXEC, ELOOP,
  /// ELIBBAD, ETXTBSY, …; with what the rules refused it for.
  [[nodiscard]] paths::outcome prepare(notify::request asked, startable& into);

private:
  [[nodiscard]] paths::outcome open(const notify::request& asked,
                                    const std::string& path,
                                    paths::runnable& into) const;
  [[nodiscard]] paths::outcome add_loader(const notify::request& asked,
                                          const std::string& path,
                                          startable& into);

  const paths::carrier& by_;
  // The last loader: mostly the next one, too.
  unique_fd checked_loader_; ///< O_PATH
  paths::object_id loader_id_;
};

} // namespace cordon::exec
