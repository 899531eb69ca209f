// Files that we make: one memory file a place, so that who looks first and
// opens then meets the same one.
#pragma once

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"

#include <sys/types.h>

#include <deque>
#include <string>
#include <string_view>

namespace cordon::paths {

/// A file with `text` that nobody can change any more, as `place` of a view.
[[nodiscard]] result<unique_fd>
make_file(const std::string& place, std::string_view text, mode_t mode = 0444);

/// The place of a file made here, by the name that the kernel has for it; empty
/// for others.
[[nodiscard]] std::string_view made_place(std::string_view kernel_name);

/// Files whose content is of the moment when they are opened. One thread uses
/// it.
class made_files {
public:
  /// What is there for somebody who looks: the file of the last opening, or of
  /// the next.
  [[nodiscard]] result<unique_fd> look(const std::string& place, mode_t mode);
  /// For an opening: a file with `text`, sealed.
  [[nodiscard]] result<unique_fd> fill(const std::string& place,
                                       std::string_view text, mode_t mode);

private:
  struct each {
    std::string place;
    unique_fd file;
    bool sealed = false;
  };
  static constexpr std::size_t most = 64;

  each* find(const std::string& place);
  result<each*> add(const std::string& place, mode_t mode);

  std::deque<each> all_; ///< the oldest first
};

} // namespace cordon::paths
