#include "tests/e2e/view_looks.hpp"

#include <sstream>

namespace cordon::test {

outcome look(const world& place, const std::string& root, const words& options,
             const words& asked) {
  return in_view(place, root, options, words{"/bin/proc_views"} + asked);
}

std::string root_to_look_at(const world& place) {
  return root_with(place, "root", {"proc_views", "act"});
}

std::string value_of(const outcome& said, const std::string& what) {
  std::istringstream lines(said.out);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(what + "="))
      return line.substr(what.size() + 1);
  return "(nothing)";
}

bool holds(const std::string& text, const std::string& word) {
  return text.find(word) != std::string::npos;
}

bool has_line(const std::string& text, const std::string& line) {
  return holds("\n" + text, "\n" + line + "\n");
}

} // namespace cordon::test
