// USER HANDLERS: the embedding program's code, asked after cordon's own.
#pragma once

#include "actors/handler_actor.hpp"
#include "actors/subsystem.hpp"

#include <chrono>
#include <set>
#include <vector>

namespace cordon::actors {

class user_handlers final : public subsystem<user_actor> {
public:
  static constexpr std::chrono::seconds longest{30};

  /// `passable`: numbers that the policy lets the kernel run anyway. `limit`:
  /// what takes a worker or an actor longer fails.
  user_handlers(caf::actor_config& config, lane_ptr home,
                std::shared_ptr<notify::calls> kernel,
                const std::vector<user_handler>& handlers,
                std::vector<int> passable,
                std::chrono::milliseconds limit = longest);

  behavior_type make_behavior() override;

private:
  struct entry {
    policy::handled_call what;
    handler_function run;
    handler_actor worker; ///< answers instead of `run`, if there is one
  };
  /// A call and how far it has come.
  struct visit {
    owed due;
    handler_call_ptr seen;
    std::size_t next = 0;
  };

  void go_on(visit v);
  void ask_worker(const visit& v, const handler_actor& whom);
  answer run_here(const entry& each, const handler_call& seen);
  /// Returns whether the call is answered.
  bool take(const visit& v, answer said);
  void end_of_chain(const visit& v);
  void break_down(const std::string& why);
  [[nodiscard]] bool is_passable(int number) const;

  std::shared_ptr<notify::calls> kernel_;
  std::vector<entry> entries_;
  std::vector<int> passable_;
  std::chrono::milliseconds limit_;
  std::set<int> warned_;
};

} // namespace cordon::actors
