#include "policy/mirror_launch.hpp"

#include "core/base/escape.hpp"
#include "core/landlock/access.hpp"
#include "core/paths/program.hpp"
#include "core/paths/settle.hpp"
#include "policy/explain_mirror.hpp"
#include "policy/lane_domain.hpp"

#include <algorithm>
#include <cerrno>

namespace cordon::policy {
namespace {

checked<paths::settled> find_directory(const mirror& in,
                                       const std::string& directory) {
  auto place = paths::settle(in.view(), directory);
  if (!place)
    return reject("--cwd", place.error().message());
  if (!place->fd)
    return reject("--cwd",
                  "'" + escape(directory) + "' does not exist in the view");
  if (in.rules().judge(paths::use::see, place->where, &place->object) != 0)
    return reject("--cwd", "'" + escape(directory) + "' is not granted; -r "
                               + escape(directory) + " would grant it");
  return std::move(*place);
}

/// The paths that the program could be at, absolute ones.
std::vector<std::string> candidates_in(const std::string& directory,
                                       const process::launch& what) {
  auto made
      = process::resolve_program(what.argv[0], process::search_path(what.env));
  for (auto& each : made)
    if (!each.starts_with('/'))
      each = paths::join(directory, each);
  return made;
}

/// What speaks against every one of `candidates`, those first that are there.
std::string why_not(const mirror& in, std::vector<std::string> candidates) {
  const auto is_there = [&](const std::string& each) {
    const auto place = paths::settle(in.view(), each);
    return place && place->fd;
  };
  std::stable_partition(candidates.begin(), candidates.end(), is_there);
  for (const auto& each : candidates) {
    const auto said = explain_in(in, {file_action::execute, each});
    if (!said.allowed && said.error == EACCES && said.remedy.empty())
      return said.rule;
    if (!said.allowed && said.error == EACCES)
      return said.rule + "; -r with its directory"
             + (in.view().at(0).host == "/" ? "" : ", or -r /,")
             + " would grant it";
  }
  return "what is called so has no permission for it (its mode, or how its "
         "file system is mounted)";
}

issue no_program(const mirror& in, const std::string& name, int error,
                 std::vector<std::string> candidates) {
  const auto program = "the program " + escape(name);
  if (error != EACCES)
    return {"", program + " is not in the view", error};
  return {"",
          program + " may not be run: " + why_not(in, std::move(candidates)),
          error};
}

} // namespace

std::string directory_in_mirror(const profile& p, const std::string& cwd) {
  if (p.cwd)
    return p.cwd->value.starts_with('/')
               ? p.cwd->value
               : (p.chroot ? "/" : cwd + "/") + p.cwd->value;
  return p.chroot ? "/" : cwd;
}

checked<void> start_in_mirror(process::launch& to, const plan& made,
                              const mirror& in, const std::string& directory,
                              const std::vector<std::string>& own_programs,
                              const std::string& run_directory) {
  namespace fs = landlock::fs;
  auto place = find_directory(in, directory);
  if (!place)
    return tl::make_unexpected(place.error());
  auto program = paths::find_program(in.view(), in.rules(),
                                     {place->fd.get(), place->where},
                                     to.argv[0], process::search_path(to.env));
  if (!program)
    return tl::make_unexpected(no_program(in, to.argv[0], program.error().code,
                                          candidates_in(directory, to)));
  // The kernel lets the tree run this one file, whatever a race makes of the
  // call that starts it, and open nothing.
  const std::vector<path_rule> only{
      {to.stub, (fs::execute | fs::read_file) & made.handled_fs, true,
       "cordon itself"}};
  auto ruleset = landlock::build_ruleset(
      {made.handled_fs, made.handled_net, made.scoped}, made.abi, only,
      made.ports);
  if (!ruleset)
    return reject("", ruleset.error().why.message());
  auto rules = in.lane_rules();
  rules.push_back(only.front());
  auto lane
      = build_lane_ruleset(made, std::move(rules), own_programs, run_directory);
  if (!lane)
    return reject("", lane.error().message());
  to.ruleset = std::move(*ruleset);
  to.lane_ruleset = std::move(*lane);
  to.candidates
      = process::resolve_program(to.argv[0], process::search_path(to.env));
  to.directory = std::move(place->fd);
  to.cwd.clear();
  return {};
}

} // namespace cordon::policy
