#include "policy/digest.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace cordon::policy {
namespace {

/// Parts of a plan as lines; a length goes first, so that no two lists of
/// parts look alike.
class lines {
public:
  void add(char kind, std::string_view name, std::uint64_t value) {
    all_.push_back(kind + std::to_string(name.size()) + ':' + std::string(name)
                   + '=' + std::to_string(value) + ';');
  }
  /// FNV-1a of the lines, sorted.
  [[nodiscard]] std::uint64_t hash() {
    std::ranges::sort(all_);
    all_.erase(std::unique(all_.begin(), all_.end()), all_.end());
    std::uint64_t made = 0xcbf29ce484222325;
    for (const auto& line : all_)
      for (const char c : line)
        made = (made ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
    return made;
  }

private:
  std::vector<std::string> all_;
};

/// Every step of the rules, as numbers.
std::string text_of(const syscall::argument_rules& rules) {
  std::string text(rules.syscall);
  const auto put = [&](std::int64_t n) { text += ',' + std::to_string(n); };
  for (const auto& clause : rules.clauses) {
    for (const auto& test : clause.when) {
      put(static_cast<std::int64_t>(test.what));
      put(test.argument);
      put(test.mask);
      put(test.value);
    }
    text += ':';
    put(clause.then);
  }
  text += '|';
  put(rules.otherwise);
  return text;
}

} // namespace

std::uint64_t digest(const plan& made) {
  lines parts;
  parts.add('h', "fs", made.handled_fs);
  parts.add('h', "net", made.handled_net);
  parts.add('h', "scope", made.scoped);
  for (const auto& rule : made.paths)
    parts.add('p', rule.path, rule.access);
  for (const auto& rule : made.ports)
    parts.add('t', std::to_string(rule.port), rule.access);
  for (const auto& denied : made.filter.denied)
    parts.add('d', denied.syscall, static_cast<std::uint64_t>(denied.error));
  for (const auto& rules : made.filter.rules)
    parts.add('r', text_of(rules), 0);
  return parts.hash();
}

} // namespace cordon::policy
