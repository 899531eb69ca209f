// How a service's run is shown to `cordon ps`, `inspect`, `stats` and `kill`.
//
// The run's own thread shows it, before it restricts itself, and keeps board
// and endpoint. It cannot remove them afterwards: plans share one ruleset,
// which knows no run's directory. So somebody unrestricted holds a `shown_run`.
#pragma once

#include "core/status/presence.hpp"
#include "policy/compiled_plan.hpp"

#include <tl/expected.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cordon::actors {

/// A run's presence; board and endpoint are for the run's thread.
using presence_ptr = std::shared_ptr<status::presence>;

/// Whoever has it hides the run when they let go of it.
class shown_run {
public:
  shown_run() noexcept = default;
  explicit shown_run(presence_ptr what) noexcept
      : what_(std::move(what)) {
  }
  shown_run(shown_run&&) noexcept = default;
  shown_run& operator=(shown_run&& other) noexcept {
    std::swap(what_, other.what_);
    return *this;
  }
  shown_run(const shown_run&) = delete;
  shown_run& operator=(const shown_run&) = delete;
  ~shown_run() {
    if (what_)
      what_->hide();
  }

private:
  presence_ptr what_;
};

/// Shows a run under `name`; empty: one that is derived from the program. Null
/// when that cannot be, for which no run fails. The error, one line: the name
/// is taken.
[[nodiscard]] tl::expected<presence_ptr, std::string>
publish(const std::string& name, const std::vector<std::string>& argv,
        const policy::compiled_plan& plan);

} // namespace cordon::actors
