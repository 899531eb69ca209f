// SOCKETS: connects and listens for the program, on its own sockets.
#pragma once

#include "actors/later.hpp"
#include "actors/subsystem.hpp"
#include "core/metadata/write_roots.hpp"
#include "core/process/interruption.hpp"
#include "core/sockets/connect.hpp"

#include <memory>

namespace cordon::actors {

class sockets final : public subsystem<process_actor> {
public:
  sockets(caf::actor_config& config, lane_ptr home,
          std::shared_ptr<notify::calls> kernel,
          cordon::metadata::write_roots roots, cordon::sockets::rules by);

  behavior_type make_behavior() override;
  /// Answers that are due hold this actor: let go of them.
  void on_exit() override;

private:
  using connection_ptr = std::shared_ptr<cordon::sockets::connection>;

  void handle(const call_ptr& call);
  void connect(const call_ptr& call);
  void connect_later(const call_ptr& call, const connection_ptr& made);

  std::shared_ptr<notify::calls> kernel_;
  cordon::metadata::write_roots roots_;
  cordon::sockets::connector connector_;
  process::time_limit limit_;
  std::unique_ptr<later> later_; ///< made when first needed
};

} // namespace cordon::actors
