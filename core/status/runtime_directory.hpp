// Where running sandboxes are found: one directory a user, and in it one a run.
//
// A run's directory holds its status board ("board") and its control endpoint
// ("control") and is locked (flock) by the supervisor as long as that lives:
// the kernel lets go of the lock with the process, so what is not locked is
// left over. A run makes its directory as a draft, whose name begins with a dot
// and so is no sandbox's, and renames it into place when all of it is there.
#pragma once

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"

#include <string>

namespace cordon::status {

inline constexpr const char* board_file = "board";
inline constexpr const char* control_socket = "control";

/// `$XDG_RUNTIME_DIR/cordon`, else /run/cordon for root, else
/// /var/tmp/cordon-UID.
[[nodiscard]] std::string runtime_path();

enum class missing : bool {
  is_error, ///< ENOENT
  make,     ///< with mode 0700
};

/// The runtime directory, checked: a directory and no link, ours, and nobody
/// else's to look into. EPERM or ELOOP or ENOTDIR when it is not.
[[nodiscard]] result<unique_fd> open_runtime_directory(missing if_missing);

/// Whether an error of the above means that the place is not to be trusted, as
/// opposed to not being there.
[[nodiscard]] bool is_planted(const error& why) noexcept;

/// The directory `name` in it, likewise checked.
[[nodiscard]] result<unique_fd> open_run_directory(int runtime,
                                                   const std::string& name);

/// Whether a supervisor holds the run's directory.
[[nodiscard]] bool is_held(int run_directory) noexcept;

/// Removes what a run left in `runtime` under `name`, whose directory is `run`.
/// Never what another put there since: a directory with something in it stays.
void remove_run(int runtime, const std::string& name, int run) noexcept;

} // namespace cordon::status
