// A service that runs other people's scripts, several at once. Its actors live
// on CAF's scheduler with all its threads; each run has a thread of its own.
#include "actors/sandbox.hpp"
#include "policy/profile_builder.hpp"

#include <iostream>
#include <sstream>
#include <vector>

using namespace cordon;

namespace {

/// A script's outcome in one line.
std::string in_words(int job, const actors::run_result& result) {
  std::ostringstream line;
  line << "job " << job << ": exit status " << result.ending.status << ", said "
       << result.out.bytes.size() << " bytes, " << result.denial_count
       << " refused";
  for (const auto& refused : result.denials)
    line << "; " << refused.operation << ": " << refused.remedy;
  return line.str();
}

using runner_actor = caf::typed_actor<
    // Runs a script; answers with its outcome in words.
    caf::replies_to<int, std::string>::with<std::string>>;

struct runner_state {
  policy::compiled_plan_ptr plan; ///< compiled once, used by every run
};

runner_actor::behavior_type
runner(runner_actor::stateful_pointer<runner_state> self,
       const policy::compiled_plan_ptr& plan) {
  self->state.plan = plan;
  return {[self](int job, const std::string& script) {
    actors::run_request request;
    request.plan = self->state.plan;
    request.command = {"sh", "-c", script};
    request.env = {"PATH=/usr/bin:/bin"};
    request.in = actors::stream::null;
    request.out = actors::stream::capture;
    request.err = actors::stream::capture;
    auto answer = self->make_response_promise<std::string>();
    self->request(self->spawn(actors::sandbox), caf::infinite,
                  actors::run_atom_v,
                  std::make_shared<const actors::run_request>(request))
        .then(
            [answer, job](const actors::run_result_ptr& result) mutable {
              answer.deliver(in_words(job, *result));
            },
            [answer, job](const caf::error& why) mutable {
              answer.deliver("job " + std::to_string(job)
                             + " did not run: " + to_string(why));
            });
    return answer;
  }};
}

} // namespace

int main() {
  caf::actor_system_config config;
  config.add_message_types<caf::id_block::cordon>();
  caf::actor_system system{config};

  const auto profile = policy::profile_builder{}
                           .read("/usr")
                           .read_if_exists("/bin")
                           .read_if_exists("/lib")
                           .read_if_exists("/lib64")
                           .timeout(std::chrono::seconds{30})
                           .try_build();
  if (!profile) {
    std::cerr << profile.error().line() << '\n';
    return 2;
  }
  const auto plan = policy::compile(*profile);
  if (!plan) {
    std::cerr << plan.error().line() << '\n';
    return 1;
  }

  const char* const scripts[]
      = {"echo one", "seq 1000", "chmod 700 /usr/bin/env", "exit 3"};
  caf::scoped_actor self{system};
  const auto workers = system.spawn(runner, *plan);
  auto ask = [&, job = 0](const char* script) mutable {
    return self->request(workers, caf::infinite, ++job, std::string{script});
  };
  // All are asked before the first answer is waited for: the runs overlap.
  std::vector<decltype(ask(""))> answers;
  for (const char* const script : scripts)
    answers.push_back(ask(script));
  for (auto& answer : answers)
    answer.receive([](const std::string& line) { std::cout << line << '\n'; },
                   [](const caf::error& e) { std::cerr << to_string(e); });
}
