// cordon-lane: what a supervisor becomes when its run traps a call. It reads
// the handover, answers trapped calls through actors, and ends as `cordon run`
// would have.
#include "actors/supervision.hpp"
#include "cli/app.hpp"
#include "cli/handover.hpp"
#include "cli/supervise.hpp"
#include "core/base/escape.hpp"
#include "core/base/log.hpp"

#include <caf/all.hpp>

#include <cstdlib>
#include <cstring>

namespace {

using namespace cordon;

/// Two workers that sleep when there is nothing to do: a supervisor that waits
/// must not wake anybody up.
class quiet_config : public caf::actor_system_config {
public:
  quiet_config() {
    add_message_types<caf::id_block::cordon>();
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::size_t{2});
    set("logger.verbosity", caf::atom("quiet"));
  }
};

/// What the policy refused, for -v.
void tell_refusal(const cli::run_label& label, const actors::outcome& done) {
  const auto& [asked, said, delivered, took] = done;
  if (said.about.empty())
    return;
  const auto name = std::string(syscall::name_of(asked.op));
  if (asked.op == syscall::operation::fork)
    log::info(label.prefix()
              + "denied fork: the limit of processes is "
                "reached; -P with a higher number allows more");
  else
    log::info(label.prefix() + "denied " + name + " " + escape(said.about)
              + ": " + std::strerror(said.error)
              + "; -w with a directory above it would allow this");
}

int answer_and_wait(cli::handover& run) {
  auto keeper = process::keeper::adopt(run.keeper);
  quiet_config config;
  caf::actor_system system{config};
  const auto home = std::make_shared<actors::lane>(system);
  std::optional<result<process::ending>> end;
  std::string broken;
  actors::listener_reports reports;
  if (run.label.verbosity > 0)
    reports.answered
        = [&](const actors::outcome& done) { tell_refusal(run.label, done); };
  reports.failed = [&](std::string why) {
    broken = std::move(why);
    static_cast<void>(keeper.kill()); // the ended event follows
  };
  home->watch(run.signals,
              [&](std::uint32_t) { cli::pass_signals(keeper, run.signals); });
  actors::supervision subsystems{
      home,
      unique_fd{run.listener},
      {run.keeper.pid, run.write_paths, run.max_processes},
      reports,
      {[&](pid_t tid) { return keeper.trace(tid); },
       [&](pid_t tid) { return keeper.release(tid); }}};
  if (run.first)
    subsystems.answer(*run.first, run.asked_to_trace_first);
  home->watch(keeper.fd(), [&](std::uint32_t) {
    end = cli::take_event(keeper, nullptr, [&](pid_t tid, bool traced) {
      subsystems.tells_of_tracing(tid, traced);
    });
    if (end)
      home->stop();
  });
  if (const int error = home->run(); error != 0)
    broken = "cannot wait: " + std::string(std::strerror(error));
  if (!broken.empty())
    return cli::finish_own_failure(broken, run.label);
  if (!end->has_value())
    return cli::finish_own_failure(end->error().message(), run.label);
  return cli::finish(**end, run.label);
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    log::error("cordon-lane is started by cordon run, with a run that traps "
               "system calls");
    return cli::exit_status::bad_input;
  }
  auto run = cli::read_handover(std::atoi(argv[1]));
  if (!run) {
    log::error(run.error().message());
    return cli::exit_status::own_failure;
  }
  if (run->label.verbosity > 0)
    log::set_level(run->label.verbosity == 1 ? log::level::info
                                             : log::level::debug);
  return answer_and_wait(*run);
}
