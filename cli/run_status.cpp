#include "cli/run_status.hpp"

#include "core/base/escape.hpp"
#include "core/base/log.hpp"
#include "core/status/registry.hpp"
#include "policy/digest.hpp"

#include <sys/epoll.h>

#include <cerrno>

namespace cordon::cli {
namespace {

/// A run that is over by then costs its user no time for being listed.
constexpr std::chrono::milliseconds a_little{5};

using on_conflict = status::presence::on_conflict;

std::string joined(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words)
    line += (line.empty() ? "" : " ") + word;
  return line;
}

status::run_identity identity_of(const prepared_run& run,
                                 const run_options& options) {
  const auto& argv = run.launch.argv;
  status::run_identity who;
  who.name
      = options.name.empty() ? status::derived_name(argv[0]) : options.name;
  who.command = joined(argv);
  who.policy_digest = policy::digest(run.plan);
  if (options.profile->max_processes)
    who.process_limit = options.profile->max_processes->value;
  return who;
}

std::string taken(const std::string& name) {
  std::string by;
  if (const auto other = status::find_sandbox(name); other && other->board)
    by = " (process " + std::to_string(other->board->supervisor) + ")";
  return "--name: a running sandbox" + by + " is called '" + escape(name)
         + "' already; expected a name of none";
}

} // namespace

run_status::run_status(prepared_run& run, const run_options& options)
    : run_(run)
    , options_(options)
    , presence_(std::move(run.presence)) {
  // Of its own, so that the run can wait for visitors before there is a door.
  if (presence_)
    visitors_.reset(::epoll_create1(EPOLL_CLOEXEC));
}

std::optional<std::string> run_status::show() {
  if (!presence_)
    return std::nullopt;
  const auto how
      = options_.name.empty() ? on_conflict::adapt : on_conflict::fail;
  if (auto shown = presence_->publish(identity_of(run_, options_), how);
      !shown) {
    presence_.reset();
    if (shown.error().code == EEXIST && how == on_conflict::fail)
      return taken(options_.name);
    log::info("not listed by `cordon ps`: cannot " + shown.error().message());
    return std::nullopt;
  }
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  static_cast<void>(::epoll_ctl(visitors_.get(), EPOLL_CTL_ADD,
                                presence_->endpoint(), &wanted));
  return std::nullopt;
}

std::optional<std::string> run_status::publish() {
  auto before = state::none;
  if (!state_.compare_exchange_strong(before, state::being_made))
    return std::nullopt;
  auto refused = show();
  auto* const board = presence_ ? presence_->board() : nullptr;
  state_ = state::settled;
  state_.notify_all();
  // Either we see the keeper here, or its thread sees that we are done.
  if (const pid_t keeper = keeper_; keeper != 0 && board != nullptr)
    board->keeper_started(keeper);
  return refused;
}

void run_status::publish_soon() {
  static_cast<void>(wanted_.try_acquire_for(a_little));
  static_cast<void>(publish()); // a derived name is never taken
  if (state_ == state::settled)
    status::remove_leftovers();
}

bool run_status::wait() {
  hurry();
  state_.wait(state::none);
  state_.wait(state::being_made);
  return state_ == state::settled;
}

void run_status::keeper_started(pid_t keeper) {
  keeper_ = keeper;
  if (state_ == state::settled && presence_)
    presence_->board()->keeper_started(keeper);
}

std::optional<status::presence::hold> run_status::numbers() {
  if (!wait() || !presence_)
    return std::nullopt;
  return presence_->numbers();
}

void run_status::remove() {
  auto before = state::none;
  const bool never_made = state_.compare_exchange_strong(before, state::over);
  if (!never_made)
    static_cast<void>(wait());
  if (presence_)
    presence_->remove();
}

} // namespace cordon::cli
