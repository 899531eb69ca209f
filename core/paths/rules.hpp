// What may be done where: asked with a place in the view, after it was
// resolved. The answers are policy's.
#pragma once

#include "core/paths/view.hpp"

#include <sys/stat.h>

namespace cordon::paths {

/// What somebody wants of a place.
enum class use : std::uint8_t {
  see,   ///< pass through it, ask for its attributes
  read,  ///< its content, or what a directory holds
  write, ///< change it; of a directory: make and remove names
};

class rules {
public:
  rules() = default;
  rules(const rules&) = delete;
  rules& operator=(const rules&) = delete;
  virtual ~rules() = default;

  /// Whether everything may be done everywhere: nobody need be asked then.
  [[nodiscard]] virtual bool allow_all() const = 0;
  /// 0 or the errno. `object`: what is there; null when there is nothing yet.
  [[nodiscard]] virtual int judge(use wanted, const std::string& path,
                                  const struct stat* object) const = 0;
  /// Whether `path` must stay where it is: something that is denied lies
  /// beneath, and would be another's name after a rename.
  [[nodiscard]] virtual bool holds_still(const std::string& path) const = 0;
};

} // namespace cordon::paths
