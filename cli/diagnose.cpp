#include "cli/diagnose.hpp"

#include "cli/elf.hpp"
#include "cli/environment.hpp"
#include "cli/file_lookup.hpp"
#include "cli/library_places.hpp"
#include "core/base/escape.hpp"
#include "policy/covers.hpp"
#include "policy/explain.hpp"

#include <unistd.h>

#include <set>

namespace cordon::cli {
namespace {

using how = process::ending::how;
using policy::file_action;

/// More libraries than this are not looked at, nor interpreters of
/// interpreters.
constexpr std::size_t most_libraries = 256;
constexpr int deepest_script = 4;

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

/// Asks the same decision that the run was made by, about one file after
/// another, and keeps the first that is missing.
class search {
public:
  search(const prepared_run& run, const policy::profile& profile)
      : run_(run)
      , profile_(profile) {
  }

  std::optional<std::string> first_missing() {
    const auto program = found_program();
    if (!program)
      return std::nullopt; // nowhere to be found: no grant would help
    look_at_program(*program, 0);
    if (!missing_ && !run_.launch.cwd.empty())
      ask(file_action::read, run_.launch.cwd, "the working directory");
    return missing_;
  }

private:
  /// As the program sees it: it starts in its own working directory.
  std::string from_its_cwd(const std::string& path) const {
    if (run_.launch.cwd.empty() || path.starts_with('/'))
      return path;
    return run_.launch.cwd + "/" + path;
  }

  std::optional<std::string> found_program() const {
    std::optional<std::string> found;
    for (const auto& candidate : run_.launch.candidates) {
      const auto path = from_its_cwd(candidate);
      if (::access(path.c_str(), X_OK) == 0)
        return path;
      if (!found && exists(path))
        found = path;
    }
    return found;
  }

  bool granted(file_action action, const std::string& path) const {
    return policy::explain(profile_, run_.plan, files_,
                           policy::file_question{action, path})
        .allowed;
  }

  void miss(const std::string& what, const std::string& path,
            const std::string& grant) {
    if (!missing_)
      missing_ = "not granted: " + what + " " + escape(path)
                 + "; add --fs-read " + grant;
  }

  bool ask(file_action action, const std::string& path,
           const std::string& what) {
    if (granted(action, path))
      return true;
    miss(what, path, escape(path));
    return false;
  }

  /// The directory to grant for a loader or library: where the file really
  /// is. /lib64 may hold no more than a link to it.
  std::string home_of(const std::string& path) const {
    return escape(directory_of(policy::settle(files_, path)))
           + ", or start from -p base";
  }

  void look_at_program(const std::string& path, int depth) {
    if (!ask(file_action::execute, path,
             depth == 0 ? "the program" : "its interpreter"))
      return;
    const auto facts = read_program_file(path);
    if (!facts || facts->interpreter.empty())
      return;
    const auto interpreter = from_its_cwd(facts->interpreter);
    if (!exists(interpreter))
      missing_
          = std::string(facts->is_script ? "its interpreter " : "its loader ")
            + escape(interpreter) + " does not exist";
    else if (!facts->is_script)
      look_at_loader(interpreter, path, *facts);
    else if (depth < deepest_script)
      look_at_program(interpreter, depth + 1);
  }

  void look_at_loader(const std::string& loader, const std::string& path,
                      const program_facts& facts) {
    if (!granted(file_action::execute, loader))
      return miss("its loader", loader, home_of(loader));
    look_at_libraries(path, facts);
  }

  void look_at_libraries(const std::string& path, const program_facts& facts) {
    for (const auto& library : facts.libraries) {
      if (missing_ || seen_.size() >= most_libraries
          || !seen_.insert(library).second)
        continue;
      const auto found = find_library(library, path, facts);
      if (!found)
        continue;
      if (const auto further = read_program_file(*found))
        look_at_libraries(*found, *further);
    }
  }

  /// The first place that is granted. When there is none but the library
  /// exists, that is what is missing.
  std::optional<std::string> find_library(const std::string& library,
                                          const std::string& path,
                                          const program_facts& facts) {
    std::optional<std::string> refused;
    for (const auto& place :
         library_places(library, path, facts,
                        variable(run_.launch.env, "LD_LIBRARY_PATH"))) {
      const auto file = from_its_cwd(place);
      if (!exists(file))
        continue;
      if (granted(file_action::read, file))
        return file;
      if (!refused)
        refused = file;
    }
    if (refused)
      miss("the library", *refused, home_of(*refused));
    return std::nullopt;
  }

  const prepared_run& run_;
  const policy::profile& profile_;
  real_files files_;
  std::set<std::string> seen_;
  std::optional<std::string> missing_;
};

} // namespace

std::string failure_line(const process::ending& end, const prepared_run& run) {
  error why{end.error, process::doing(end.failed), {}};
  if (end.failed == process::stage::exec)
    why.path = run.launch.argv[0];
  else if (end.failed == process::stage::working_directory)
    why.path = run.launch.cwd;
  return "cannot " + why.message();
}

std::optional<std::string> first_missing_grant(const process::ending& end,
                                               const prepared_run& run,
                                               const policy::profile& profile) {
  // 127 with a program that ran: the loader's answer when it lacks a library.
  const bool loader_gave_up
      = end.kind == how::exited && end.status == exit_status::not_found;
  const bool not_started
      = end.kind == how::setup_failed && end.failed == process::stage::exec;
  if (!loader_gave_up && !not_started)
    return std::nullopt;
  return search{run, profile}.first_missing();
}

} // namespace cordon::cli
