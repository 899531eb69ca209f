// What became of trapped calls, told to whoever wants to know: the status
// board, an audit file, messages.
#pragma once

#include "actors/listener.hpp"
#include "core/base/unique_fd.hpp"
#include "core/status/board.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

namespace cordon::actors {

/// Where a run's record goes.
struct record_plan {
  status::board* board = nullptr; ///< none; outlives the record
  unique_fd audit = {};           ///< opened for appending; may be none
  std::string sandbox = {};       ///< its name, for the audit file
  std::uint64_t max_processes = 0;
  /// Gets each denial as a line; may be empty.
  std::function<void(const std::string&)> tell = {};
};

/// Lives on the lane.
class record {
public:
  explicit record(record_plan to);

  void answered(const outcome& done);
  void counted(std::size_t processes);

private:
  void refused(const notify::request& asked, const answer& said);
  void write_audit(const status::denied_call& call);

  record_plan to_;
  bool audit_failed_ = false; ///< was said once
};

/// A denial as a line of an audit file, with its newline. `at`: since 1970.
[[nodiscard]] std::string audit_line(std::chrono::milliseconds at,
                                     const std::string& sandbox,
                                     const status::denied_call& call);

} // namespace cordon::actors
