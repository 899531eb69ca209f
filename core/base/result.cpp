#include "core/base/result.hpp"

#include "core/base/escape.hpp"

#include <cstring>

namespace cordon {

std::string error::message() const {
  std::string text = doing;
  if (!path.empty())
    text += ": " + escape(path);
  text += ": ";
  text += strerrordesc_np(code) != nullptr ? strerrordesc_np(code) : "error";
  return text;
}

} // namespace cordon
