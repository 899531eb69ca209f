#include "policy/plan_text.hpp"

#include "core/base/escape.hpp"
#include "core/landlock/access.hpp"

namespace cordon::policy {
namespace {

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  out.resize(std::max(width, out.size()), ' ');
  return out;
}

std::string rights_of(const landlock::path_rule& rule) {
  // All of them in words would be a long line that says little.
  const bool writes = (rule.access & landlock::fs::write_file) != 0;
  return writes ? "read and write" : landlock::describe_fs(rule.access);
}

} // namespace

std::vector<std::string> describe_plan(const plan& made) {
  std::vector<std::string> lines;
  lines.push_back("Landlock ABI " + std::to_string(made.abi));
  for (const auto what : all_protections)
    lines.push_back("  " + padded(name_of(what), 28)
                    + std::string(name_of(made.status(what))));
  lines.emplace_back(made.mirrors ? "  files: a view of its own; every call "
                                    "about a path is carried out"
                                  : "  files: walled in by grants");
  for (const auto& rule : made.paths)
    lines.push_back("  " + rule.from + ": " + escape(rule.path) + " ("
                    + rights_of(rule) + ")");
  for (const auto& rule : made.ports)
    lines.push_back("  " + rule.from + ": TCP port "
                    + std::to_string(rule.port));
  std::string refused = "  calls refused by this policy:";
  for (const auto& denied : made.filter.denied)
    refused += " " + denied.syscall;
  lines.push_back(std::move(refused));
  return lines;
}

} // namespace cordon::policy
