#include "core/exec/script.hpp"

#include <algorithm>

namespace cordon::exec {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/// What ends a name.
bool ends_name(char c) {
  return is_blank(c) || c == '\0';
}

} // namespace

bool is_script(const file_head& head) noexcept {
  return head[0] == '#' && head[1] == '!';
}

std::optional<script_line> read_script(const file_head& head) {
  const auto* const first = head.data() + 2;
  const auto* const last = head.data() + head.size() - 1;
  // The kernel looks for the newline up to a NUL.
  const auto* const nul
      = std::find(head.data(), head.data() + head.size(), '\0');
  const auto* end = std::find(head.data(), nul, '\n');
  if (end == nul) {
    // Cut off, or the last line: the name must be seen to end.
    const auto* const name = std::find_if_not(first, last + 1, is_blank);
    if (name == last + 1 || std::find_if(name, last + 1, ends_name) == last + 1)
      return std::nullopt;
    end = last;
  }
  while (end > first && is_blank(end[-1]))
    --end;
  const auto* const name = std::find_if_not(first, end, is_blank);
  if (name == end)
    return std::nullopt;
  const auto* const name_end = std::find_if(name, end, ends_name);
  script_line made{{name, name_end}, std::nullopt};
  if (name_end == end || *name_end == '\0')
    return made;
  const auto* const argument = std::find_if_not(name_end, end, is_blank);
  const auto* const argument_end = std::find(argument, end, '\0');
  if (argument != end)
    made.argument.emplace(argument, argument_end);
  return made;
}

} // namespace cordon::exec
