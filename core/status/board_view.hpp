// A status board as its readers have it. Whatever the file holds, reading it
// ends, and nothing of it is believed further than it is printed.
#pragma once

#include "core/base/result.hpp"
#include "core/status/board.hpp"

#include <array>
#include <optional>
#include <vector>

namespace cordon::status {

/// One operation's figures.
struct operation_figures {
  std::string name;
  std::uint64_t calls = 0;
  std::uint64_t refused = 0;
  std::uint64_t failed = 0;
  std::uint64_t nanoseconds = 0;
  std::uint64_t slowest = 0;
  std::array<std::uint64_t, layout::latencies> latency{};

  /// Nanoseconds that `share` (0…1) of the answers took at most, to the next
  /// power of two; 0 when there were none.
  [[nodiscard]] std::uint64_t quantile(double share) const noexcept;
};

/// A denial, as it was.
struct past_denial {
  std::int64_t at = 0; ///< nanoseconds since 1970
  pid_t tid = 0;
  int error = 0;
  std::string operation;
  std::string subject;
  std::string rule;
  std::string remedy;
};

/// A copy of what a board said. Bytes are as they were: escape them.
struct snapshot {
  run_identity who;
  pid_t supervisor = 0;
  uid_t uid = 0;
  std::uint64_t start_time = 0;
  std::int64_t started_at = 0; ///< nanoseconds since 1970
  pid_t keeper = 0;
  std::uint32_t processes = 0; ///< when last counted; 0: never
  std::uint32_t peak = 0;
  std::uint64_t denied = 0;
  std::array<std::uint64_t, layout::kinds> answers{};
  std::vector<operation_figures> operations; ///< those that were called
  std::vector<past_denial> denials;          ///< the last ones, oldest first
};

/// Copies a board; nothing when it is none, or of another version. A denial
/// that is overwritten meanwhile is left out.
[[nodiscard]] std::optional<snapshot> read(const layout::board& from);

/// Opens the file `name` in `directory` (a link is not followed) and copies it.
/// Fails with EPROTO when it is no board of this version, EPERM when it is not
/// `owner`'s.
[[nodiscard]] result<snapshot> read_board(int directory, const char* name,
                                          uid_t owner);

} // namespace cordon::status
