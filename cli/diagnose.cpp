#include "cli/diagnose.hpp"

#include "cli/elf.hpp"
#include "cli/environment.hpp"
#include "cli/file_lookup.hpp"
#include "core/base/escape.hpp"
#include "core/base/unique_fd.hpp"
#include "policy/explain.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cordon::cli {
namespace {

using how = process::ending::how;
using policy::file_action;

/// A file mapped for reading; empty when it cannot be.
class mapped_file {
public:
  explicit mapped_file(const std::string& path) {
    const unique_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    struct stat facts {};
    if (!file || ::fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode)
        || facts.st_size == 0)
      return;
    size_ = static_cast<std::size_t>(facts.st_size);
    data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.get(), 0);
  }
  mapped_file(const mapped_file&) = delete;
  mapped_file& operator=(const mapped_file&) = delete;
  ~mapped_file() {
    if (data_ != MAP_FAILED)
      ::munmap(data_, size_);
  }

  [[nodiscard]] std::string_view bytes() const {
    return data_ == MAP_FAILED
               ? std::string_view{}
               : std::string_view{static_cast<const char*>(data_), size_};
  }

private:
  void* data_ = MAP_FAILED;
  std::size_t size_ = 0;
};

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

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
  std::optional<std::string> found_program() const {
    for (const auto& candidate : run_.launch.candidates)
      if (::access(candidate.c_str(), X_OK) == 0)
        return candidate;
    for (const auto& candidate : run_.launch.candidates)
      if (exists(candidate))
        return candidate;
    return std::nullopt;
  }

  /// Remembers `path` when it is not granted. `suggest` is what to grant.
  bool ask(file_action action, const std::string& path, const std::string& what,
           std::string suggest = {}) {
    if (missing_)
      return false;
    const auto verdict = policy::explain(profile_, run_.plan, files_,
                                         policy::file_question{action, path});
    if (verdict.allowed)
      return true;
    if (suggest.empty())
      suggest = path;
    missing_ = "not granted: " + what + " " + escape(path) + "; add --fs-read "
               + escape(suggest);
    return false;
  }

  void look_at_program(const std::string& path, int depth) {
    if (!ask(file_action::execute, path,
             depth == 0 ? "the program" : "its interpreter"))
      return;
    const mapped_file file{path};
    const auto facts = read_program(file.bytes());
    if (!facts || facts->interpreter.empty())
      return;
    if (facts->is_script) {
      if (depth < 4 && exists(facts->interpreter))
        look_at_program(facts->interpreter, depth + 1);
      return;
    }
    ask(file_action::execute, facts->interpreter, "its loader",
        directory_of(facts->interpreter));
    for (const auto& library : facts->libraries)
      look_at_library(library, path, *facts);
  }

  /// The loader's own order of places, as far as a file system can tell it.
  void look_at_library(const std::string& name, const std::string& program,
                       const program_facts& facts) {
    auto places = facts.run_paths;
    for (auto& place : places)
      if (const auto at = place.find("$ORIGIN"); at != std::string::npos)
        place.replace(at, 7, directory_of(program));
    const auto extra = variable(run_.launch.env, "LD_LIBRARY_PATH");
    if (!extra.empty())
      places.push_back(extra.substr(0, extra.find(':')));
    for (const char* const usual :
         {"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu",
          "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib64",
          "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"})
      places.emplace_back(usual);
    for (const auto& place : places) {
      const auto path = place + "/" + name;
      if (!exists(path))
        continue;
      ask(file_action::read, path, "the library", place);
      return;
    }
  }

  const prepared_run& run_;
  const policy::profile& profile_;
  real_files files_;
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
