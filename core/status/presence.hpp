// A run's presence in the runtime directory, as its supervisor has it: the
// locked directory, the status board and the control endpoint.
#pragma once

#include "core/status/board.hpp"
#include "core/status/runtime_directory.hpp"

#include <optional>

namespace cordon::status {

class presence {
public:
  /// What to do when a living run has the name already.
  enum class on_conflict : bool {
    fail,  ///< EEXIST
    adapt, ///< take "NAME-2", "NAME-3", …
  };

  /// Makes a locked draft. A few system calls; the rest is `publish`.
  [[nodiscard]] static result<presence> begin();
  /// Makes board and endpoint and shows them to others under `who.name`, which
  /// must be a sandbox's name (policy::parse_name).
  result<void> publish(const run_identity& who, on_conflict what);

  /// A presence as numbers, to be taken on by the program this process becomes.
  struct hold {
    int runtime = -1;
    int directory = -1;
    int board = -1;
    int endpoint = -1;
    std::string name;
  };
  /// Precondition: published.
  [[nodiscard]] hold numbers() const;
  [[nodiscard]] static result<presence> adopt(const hold& numbers);

  presence(presence&&) noexcept = default;
  presence& operator=(presence&&) noexcept = default;
  presence(const presence&) = delete;
  presence& operator=(const presence&) = delete;
  ~presence();

  /// Takes it back: as if it had never been. May be called again.
  void remove() noexcept;

  // For a thread that can remove nothing, and another that does it for it:

  /// The run is over: nobody lists it any more, and whoever looks next removes
  /// it, unless `hide` does.
  void release() noexcept;
  /// Removes what others can see, while board and endpoint stay usable: another
  /// thread may be using them.
  void hide() const noexcept;

  /// Where it is: a thread that removes it needs to remove files in `path()`
  /// and directories in the runtime directory.
  [[nodiscard]] const std::string& path() const noexcept {
    return path_;
  }
  [[nodiscard]] const std::string& name() const noexcept {
    return name_;
  }
  /// Null until published.
  [[nodiscard]] status::board* board() noexcept {
    return board_ ? &*board_ : nullptr;
  }
  /// Listens; non-blocking. -1 until published.
  [[nodiscard]] int endpoint() const noexcept {
    return endpoint_.get();
  }

private:
  presence() = default;
  result<void> listen();
  result<void> take_name(const std::string& name, on_conflict what);
  bool rename_to(const std::string& name);

  unique_fd runtime_;
  unique_fd directory_;
  unique_fd endpoint_;
  std::optional<status::board> board_;
  std::string name_; ///< in the runtime directory, a draft's at first
  std::string path_; ///< of the draft; names the same directory ever after
};

/// A name for a run that was given none: "make-1234".
[[nodiscard]] std::string derived_name(const std::string& program);

} // namespace cordon::status
