// The program `cordon`: from a command line to an exit status.
#pragma once

#include "policy/plan.hpp"

#include <string>
#include <vector>

namespace cordon::cli {

/// Exit statuses of our own. The program's status is passed through as it is;
/// 128 + n stands for a signal.
namespace exit_status {
inline constexpr int bad_input = 2;
inline constexpr int timed_out = 124;
inline constexpr int own_failure = 125;
inline constexpr int not_executable = 126;
inline constexpr int not_found = 127;
} // namespace exit_status

/// The words after the command's name.
using arguments = std::vector<std::string>;

/// Runs the command line on a kernel that has `kernel`. (A parameter, so that
/// tests can imitate older kernels.)
int run_main(int argc, char** argv, const policy::kernel_facts& kernel);

// The commands.
int run(const arguments& words, const policy::kernel_facts& kernel);
int check(const arguments& words, const policy::kernel_facts& kernel);
int explain(const arguments& words, const policy::kernel_facts& kernel);
int list_syscalls(const arguments& words);
int profile(const arguments& words);
int ps(const arguments& words);
int inspect(const arguments& words);
int stats(const arguments& words);
int kill(const arguments& words);

/// Prints the one line that bad input gets, and returns its exit status.
int reject(const std::string& line);

} // namespace cordon::cli
