// The sandboxes of this user that run now, as everybody else sees them.
#pragma once

#include "core/status/board_view.hpp"
#include "core/status/runtime_directory.hpp"

#include <vector>

namespace cordon::status {

/// A sandbox that lives.
struct sandbox_entry {
  std::string name;
  unique_fd directory;    ///< of the run
  result<snapshot> board; ///< an error where the board cannot be believed
};

/// All that live, by name; what dead supervisors left is removed. Empty when
/// there is no runtime directory. Fails when that is not ours alone.
[[nodiscard]] result<std::vector<sandbox_entry>> list_sandboxes();

/// The one of this name. ENOENT when none lives.
[[nodiscard]] result<sandbox_entry> find_sandbox(const std::string& name);

/// Removes `name` in `runtime` when no supervisor holds it.
void remove_leftover(int runtime, const std::string& name) noexcept;

/// Removes whatever no supervisor holds; called by a new run from time to time.
void remove_leftovers() noexcept;

} // namespace cordon::status
