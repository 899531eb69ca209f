// Comparing what a probe program says outside with what it says inside.
#pragma once

#include "tests/support/process.hpp"

#include <map>
#include <string>
#include <vector>

namespace cordon::test {

/// The `name=outcome` lines of a program.
using answers = std::map<std::string, std::string>;

[[nodiscard]] answers parse_answers(const std::string& text);

/// Where a probe can show that it works when nothing confines it.
enum class shown {
  everywhere, ///< on every kernel, for every user: else the test is broken
  here,       ///< where the kernel has it and its settings let the user
  to_root,    ///< as `here`, and only to root
  nowhere,    ///< not a proof: the kernel refuses it anyway, or it is a control
};

/// What one probe should say. Outcomes are alternatives: "EPERM|ENOSYS".
struct probe_row {
  const char* name;
  const char* outside;
  const char* inside;
  shown where = shown::everywhere;
};

/// Checks every row, and that there is a row for every answer. Prints the
/// probes that cannot show anything here. Returns the number of proofs: probes
/// that worked outside and were refused inside.
int compare(const std::vector<probe_row>& rows, const identity& who,
            const answers& outside, const answers& inside);

/// Runs both commands; fails the test when one does not end with exit status 0.
[[nodiscard]] answers answers_of(const command& what);

/// Python: a file called "file", and a signal every half millisecond to a
/// handler that restarts no call; `hits` counts them.
[[nodiscard]] std::string python_under_signals();

/// All lines of two texts that differ, at most forty.
[[nodiscard]] std::string differences(const std::string& expected,
                                      const std::string& found);

[[nodiscard]] bool is_one_of(const std::string& outcome,
                             const std::string& alternatives);

} // namespace cordon::test
