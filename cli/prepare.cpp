#include "cli/prepare.hpp"

#include "cli/environment.hpp"
#include "cli/file_lookup.hpp"
#include "cli/warnings.hpp"
#include "core/base/escape.hpp"
#include "core/base/log.hpp"
#include "core/landlock/access.hpp"
#include "core/landlock/rules.hpp"
#include "core/process/keeper.hpp"
#include "policy/explain.hpp"
#include "policy/lane_domain.hpp"
#include "policy/limits.hpp"
#include "policy/mirror_launch.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

namespace cordon::cli {
namespace {

using failure = tl::unexpected<not_prepared>;

failure bad_input(std::string line) {
  return failure{{exit_status::bad_input, std::move(line)}};
}

failure own_failure(const error& why) {
  return failure{{exit_status::own_failure, why.message()}};
}

/// The command, in the order people expect: shell, command line, profile.
tl::expected<arguments, not_prepared> command_of(const run_options& options) {
  if (options.shell_command) {
    if (!options.command.empty())
      return bad_input("--exec-shell: expected no further command");
    return arguments{"/bin/sh", "-c", *options.shell_command};
  }
  if (!options.command.empty())
    return options.command;
  const auto& p = *options.profile;
  if (!p.exec)
    return bad_input("no command: expected a program after the options, "
                     "--exec-shell, or program.exec in the profile");
  arguments command = {p.exec->value};
  command.insert(command.end(), p.args.begin(), p.args.end());
  return command;
}

/// Options that need somebody to stay behind.
tl::expected<void, not_prepared> check_unsupervised(const run_options& o) {
  const auto needs = [](const std::string& what) {
    return bad_input(what
                     + ": needs the supervisor that --no-supervisor "
                       "leaves out");
  };
  if (o.supervised)
    return {};
  if (o.status_fd)
    return needs("--status-fd");
  if (!o.audit_file.empty())
    return needs("--audit");
  if (policy::needs_mirror(*o.profile))
    return needs(policy::mirror_origin(*o.profile));
  if (o.profile->max_processes)
    return needs(o.profile->max_processes->from);
  if (o.profile->timeout)
    return needs(o.profile->timeout->from);
  return {};
}

/// The kernel takes those of the cores that it has for us, but wants one.
tl::expected<void, not_prepared> check_cores(const policy::profile& p) {
  cpu_set_t ours;
  if (p.cpu_cores.empty() || ::sched_getaffinity(0, sizeof ours, &ours) != 0)
    return {};
  std::string usable;
  for (unsigned core = 0; core < CPU_SETSIZE; ++core) {
    if (!CPU_ISSET(core, &ours))
      continue;
    if (std::ranges::count(p.cpu_cores, core) != 0)
      return {};
    usable += (usable.empty() ? "" : ",") + std::to_string(core);
  }
  return bad_input(
      "--cpu-cores: none of them may be used here; expected one of " + usable);
}

/// The programs that a supervisor starts or becomes. One that is missing is
/// reported when it is needed.
std::vector<std::string> own_programs() {
  std::vector<std::string> found;
  for (const char* const name : {"cordon-keeper", "cordon-lane"})
    if (auto program = process::find_own_program(name))
      found.push_back(std::move(*program));
  return found;
}

/// Opens the audit file while we may open anything. Nothing but a file of its
/// own: a device or FIFO could make the supervisor wait.
tl::expected<unique_fd, not_prepared> open_audit(const std::string& path) {
  unique_fd file{::open(path.c_str(),
                        O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK
                            | O_CLOEXEC,
                        S_IRUSR | S_IWUSR)};
  struct stat facts {};
  if (!file || ::fstat(file.get(), &facts) != 0)
    return bad_input("--audit: " + error{errno, "cannot open", path}.message());
  if (!S_ISREG(facts.st_mode))
    return bad_input("--audit: " + escape(path) + " is no regular file");
  return file;
}

/// A run that nobody can see is better than none, but a place that somebody
/// else prepared is worth a line.
std::optional<status::presence> begin_presence() {
  auto begun = status::presence::begin();
  if (begun)
    return std::move(*begun);
  const auto line
      = "not listed by `cordon ps`: cannot " + begun.error().message();
  if (status::is_planted(begun.error()))
    log::warn("warning: " + line);
  else
    log::info(line);
  return std::nullopt;
}

/// Of the run, in the runtime directory; empty when it has none.
std::string directory_of(const prepared_run& run) {
  return run.presence ? run.presence->path() : std::string{};
}

/// The kernel's walls by path, for the program and for who answers for it.
tl::expected<void, not_prepared> wall_in(prepared_run& run,
                                         const policy::profile& profile) {
  const auto& made = run.plan;
  auto ruleset = landlock::build_ruleset(
      {made.handled_fs, made.handled_net, made.scoped}, made.abi, made.paths,
      made.ports);
  if (!ruleset && ruleset.error().from.empty())
    return own_failure(ruleset.error().why);
  if (!ruleset)
    return bad_input(ruleset.error().from + ": "
                     + ruleset.error().why.message());
  auto& launch = run.launch;
  launch.ruleset = std::move(*ruleset);
  launch.candidates = process::resolve_program(
      launch.argv[0], process::search_path(launch.env));
  if (!launch.traps)
    return {};
  auto lane = policy::build_lane_ruleset(made, profile, own_programs(),
                                         directory_of(run));
  if (!lane)
    return own_failure(lane.error());
  launch.lane_ruleset = std::move(*lane);
  return {};
}

tl::expected<void, not_prepared> mirror_run(prepared_run& run,
                                            const policy::profile& profile,
                                            const std::string& audit_file) {
  const auto cwd = current_directory();
  auto spec = policy::mirror_of(profile, cwd);
  if (!spec)
    return bad_input(spec.error().line());
  const auto mirror = policy::mirror::open(*spec);
  if (!mirror)
    return bad_input(mirror.error().line());
  // Paths of grants are the view's; what they lead to is the host's.
  policy::profile written;
  written.grants = mirror->writable_on_host();
  if (const auto harm
      = policy::find_self_harm(written, real_files{}, own_places(audit_file)))
    return bad_input(harm->line());
  const auto keeper = process::find_keeper();
  auto stub = keeper ? process::find_stub(*keeper) : keeper;
  if (!stub)
    return own_failure(stub.error());
  run.launch.stub = std::move(*stub);
  const auto ready = policy::start_in_mirror(
      run.launch, run.plan, *mirror, policy::directory_in_mirror(profile, cwd),
      own_programs(), directory_of(run));
  if (!ready && ready.error().error != 0)
    return failure{{ready.error().error == ENOENT ? exit_status::not_found
                                                  : exit_status::not_executable,
                    ready.error().line()}};
  if (!ready)
    return ready.error().where.empty()
               ? failure{{exit_status::own_failure, ready.error().line()}}
               : bad_input(ready.error().line());
  run.mirror = std::move(*spec);
  return {};
}

} // namespace

tl::expected<prepared_run, not_prepared>
prepare(const run_options& options, const policy::kernel_facts& kernel) {
  const auto command = command_of(options);
  if (!command)
    return failure{command.error()};
  if (const auto possible = check_unsupervised(options); !possible)
    return failure{possible.error()};
  if (const auto possible = check_cores(*options.profile); !possible)
    return failure{possible.error()};
  auto plan
      = policy::make_plan(*options.profile, kernel,
                          options.supervised ? policy::run_kind::supervised
                                             : policy::run_kind::unsupervised);
  if (!plan)
    return failure{{exit_status::own_failure, plan.error().line()}};
  prepared_run run;
  run.plan = std::move(*plan);
  if (!options.audit_file.empty()) {
    auto audit = open_audit(options.audit_file);
    if (!audit)
      return failure{audit.error()};
    run.audit = std::move(*audit);
  }
  if (!run.plan.mirrors)
    if (const auto harm = policy::find_self_harm(
            *options.profile, real_files{}, own_places(options.audit_file)))
      return bad_input(harm->line());
  auto filter = seccomp::compile(run.plan.filter);
  if (!filter)
    return own_failure(filter.error());
  auto& launch = run.launch;
  launch.policy_filter = std::move(*filter);
  launch.trapped = seccomp::trapped_numbers(run.plan.filter);
  launch.traps = !launch.trapped.empty();
  if (options.supervised)
    run.presence = begin_presence();
  launch.signal_scope = (run.plan.scoped & landlock::scope::signal) != 0;
  launch.argv = *command;
  launch.env = make_environment(*options.profile);
  policy::apply_limits(launch, *options.profile);
  const auto walled
      = run.plan.mirrors ? mirror_run(run, *options.profile, options.audit_file)
                         : wall_in(run, *options.profile);
  if (!walled)
    return failure{walled.error()};
  // Last: bad input gets its one line and nothing else.
  tell_before(*options.profile, run.plan, options.verbosity);
  return run;
}

} // namespace cordon::cli
