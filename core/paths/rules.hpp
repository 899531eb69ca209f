// What may be done where: asked with a place in the view, after it was
// resolved. The answers are policy's.
#pragma once

#include "core/paths/view.hpp"

#include <cstdint>
#include <string_view>

namespace cordon::paths {

/// What somebody wants of a place.
enum class use : std::uint8_t {
  see,   ///< pass through it, ask for its attributes
  read,  ///< its content, or what a directory holds
  write, ///< change it; of a directory: make and remove names
};

/// An object, whatever its names are.
struct object_id {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;

  friend bool operator==(const object_id&, const object_id&) = default;
};

class rules {
public:
  virtual ~rules() = default;

  /// Whether `wanted` is allowed wherever it is: nobody need be asked then.
  [[nodiscard]] virtual bool allows_everywhere(use wanted) const = 0;
  /// 0 or the errno. `object`: what is there; null when there is nothing yet.
  [[nodiscard]] virtual int judge(use wanted, const position& where,
                                  const object_id* object) const = 0;
  /// Whether `where` must stay where it is: something that is denied lies
  /// beneath, and would be another's name after a rename.
  [[nodiscard]] virtual bool holds_still(const position& where) const = 0;

protected:
  rules() = default;
  rules(const rules&) = default;
  rules(rules&&) = default;
  rules& operator=(const rules&) = default;
  rules& operator=(rules&&) = default;
};

} // namespace cordon::paths
