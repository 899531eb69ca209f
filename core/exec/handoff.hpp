// What the stub and the supervisor say to each other, once: the stub makes a
// call that means nothing to the kernel, execve(2) of `greeting_path` with a
// handoff's address as argv and the token as envp; the supervisor fills the
// handoff in and gives it the fds.
//
// Used by the stub, which has no C library.
#pragma once

#include "core/exec/name_page.hpp"

#include <cstddef>
#include <cstdint>

namespace cordon::exec {

/// No view has it: names with a slash at the end are directories'.
inline constexpr char greeting_path[] = "//cordon-stub//";

/// Most strings that take the place of argv[0]: two a level of `#!`, and the
/// script.
inline constexpr unsigned most_arguments = 11;

/// What becomes of SIGTRAP. By it the kernel tells a tracer that knows no
/// better (PTRACE_TRACEME, no PTRACE_O_TRACEEXEC) of an exec: when the stub
/// begins, where a debugger wants to see the program. A blocked signal waits.
enum class exec_trap : std::uint32_t {
  stays,
  is_blocked, ///< from now on: a debugger's shell starts the program next
  is_shown    ///< when the program begins
};

/// Lengths are with the NUL.
struct handoff_facts {
  std::int32_t program;
  std::int32_t interpreter; ///< -1: none
  /// What takes the place of argv[0] when a script is run; 0: it stays.
  std::uint32_t argument_count;
  std::uint32_t argument_bytes;
  std::uint32_t name_length;  ///< AT_EXECFN
  std::uint32_t comm_length;  ///< /proc/PID/comm
  std::uint32_t image_length; ///< name_page::image
  std::uint32_t stub_length;  ///< name_page::name, without the many slashes
  exec_trap trap;
};

/// The strings follow one another: the arguments, then name, comm,
/// image, stub.
struct handoff {
  static constexpr std::size_t room = 16'344;
  handoff_facts is;
  char text[room];
};

} // namespace cordon::exec
