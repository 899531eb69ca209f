// The walk in our own steps, for what one question to the kernel cannot answer:
// mounts crossed by symlinks or "..", a relative path that leaves its start,
// links of /proc.
#pragma once

#include "core/paths/resolve.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cordon::paths {

/// One use: `object` may be called once.
class walk {
public:
  explicit walk(const resolver& by) noexcept
      : by_(by)
      , in_(by.in) {
  }

  /// As resolver::object.
  [[nodiscard]] result<found> object(const start& from, std::string_view path,
                                     bool follow);

private:
  // Each returns 0 or the walk's errno.
  int go_to_root();
  int go_up();
  int stay();
  int enter(const std::string& name, bool follow);
  int follow_link(unique_fd link);
  [[nodiscard]] int crossing() const;
  [[nodiscard]] int check_directory() const;
  [[nodiscard]] int check_owner(int link) const;
  int enter_proc(const std::string& name, bool follow);
  int follow_in_proc(const std::string& name, bool is_magic);
  int jump(proc_target to);
  [[nodiscard]] bool is_in_made_proc() const;

  [[nodiscard]] bool asks(std::uint64_t limit) const noexcept {
    return (by_.resolve & limit) != 0;
  }

  const resolver& by_;
  const view& in_;
  unique_fd fd_; ///< O_PATH: where we are
  position where_;
  bool placed_ = true; ///< `where_` is known
  std::string left_;   ///< of the path
  bool relative_ = false;
  int links_ = 0;
  /// Who holds what the last link of /proc led to, out of the view.
  std::optional<proc_target> held_;
};

} // namespace cordon::paths
