#include "actors/publication.hpp"

#include "core/base/canonical_path.hpp"
#include "core/base/escape.hpp"
#include "core/base/log.hpp"
#include "core/status/registry.hpp"
#include "policy/digest.hpp"
#include "policy/explain.hpp"

#include <atomic>
#include <cerrno>
#include <optional>

namespace cordon::actors {
namespace {

using on_conflict = status::presence::on_conflict;

class real_files final : public policy::file_lookup {
public:
  [[nodiscard]] std::optional<std::string>
  canonical(const std::string& path) const override {
    return canonical_path(path);
  }
};

/// "sh-1234", then "sh-1234-2", …: a service has many runs of one program.
std::string own_name(const std::string& program) {
  static std::atomic<unsigned> runs{0};
  const unsigned n = ++runs;
  const auto name = status::derived_name(program);
  return n == 1 ? name : name + "-" + std::to_string(n);
}

status::run_identity identity_of(const std::string& name,
                                 const std::vector<std::string>& argv,
                                 const policy::compiled_plan& plan) {
  status::run_identity who;
  who.name = name.empty() ? own_name(argv[0]) : name;
  for (const auto& word : argv)
    who.command += (who.command.empty() ? "" : " ") + word;
  who.policy_digest = policy::digest(plan.plan);
  if (const auto& most = plan.source->max_processes)
    who.process_limit = most->value;
  return who;
}

presence_ptr unseen(const std::string& why, bool noteworthy) {
  const auto line = "not listed by `cordon ps`: " + why;
  if (noteworthy)
    log::warn("warning: " + line);
  else
    log::info(line);
  return nullptr;
}

std::string taken(const std::string& name) {
  std::string by;
  if (const auto other = status::find_sandbox(name); other && other->board)
    by = " (process " + std::to_string(other->board->supervisor) + ")";
  return "name: a running sandbox" + by + " is called '" + escape(name)
         + "' already; expected a name of none";
}

/// What services before us left; the first run of a process looks.
void remove_leftovers_once() {
  static std::atomic_flag done;
  if (!done.test_and_set())
    status::remove_leftovers();
}

} // namespace

tl::expected<presence_ptr, std::string>
publish(const std::string& name, const std::vector<std::string>& argv,
        const policy::compiled_plan& plan) {
  // A run that can write there could tell lies, of others too.
  if (const auto harm = policy::find_self_harm(
          *plan.source, real_files{},
          {{"cordon's runtime directory", status::runtime_path()}}))
    return unseen(harm->line(), true);
  auto begun = status::presence::begin();
  if (!begun)
    return unseen("cannot " + begun.error().message(),
                  status::is_planted(begun.error()));
  auto made = std::make_shared<status::presence>(std::move(*begun));
  const auto how = name.empty() ? on_conflict::adapt : on_conflict::fail;
  if (const auto shown = made->publish(identity_of(name, argv, plan), how);
      !shown) {
    if (shown.error().code == EEXIST && how == on_conflict::fail)
      return tl::make_unexpected(taken(name));
    return unseen("cannot " + shown.error().message(), false);
  }
  remove_leftovers_once();
  return made;
}

} // namespace cordon::actors
