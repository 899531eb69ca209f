// SOCKETS: connects and listens for the program, on its own sockets, and sends
// what has an address; in a view binds them to socket files there, too.
#pragma once

#include "actors/later.hpp"
#include "actors/subsystem.hpp"
#include "core/metadata/write_roots.hpp"
#include "core/notify/caller_fds.hpp"
#include "core/paths/carrier.hpp"
#include "core/process/interruption.hpp"
#include "core/sockets/bound_names.hpp"
#include "core/sockets/connect.hpp"
#include "core/sockets/sending.hpp"
#include "policy/mirror.hpp"

#include <memory>
#include <optional>

namespace cordon::actors {

class sockets final : public subsystem<process_actor> {
public:
  /// `in`: the view of the run, which has its socket files; null: they are the
  /// host's, under `roots`. `with`: of the view.
  sockets(caf::actor_config& config, lane_ptr home,
          std::shared_ptr<notify::calls> kernel,
          cordon::metadata::write_roots roots, cordon::sockets::rules by,
          std::shared_ptr<const policy::mirror> in,
          paths::surroundings with = {});

  behavior_type make_behavior() override;
  /// Answers that are due hold this actor: let go of them.
  void on_exit() override;

private:
  using connection_ptr = std::shared_ptr<cordon::sockets::connection>;
  using sending_ptr = std::shared_ptr<cordon::sockets::sending>;

  void handle(const call_ptr& call);
  void connect(const call_ptr& call);
  void connect_later(const call_ptr& call, const connection_ptr& made);
  void send(const call_ptr& call);
  void go_on(const sending_ptr& what, const owed& due);
  void go_on_later(const sending_ptr& what, const owed& due);
  [[nodiscard]] answer bind(const notify::request& asked);
  [[nodiscard]] answer socket_name(const notify::request& asked);

  std::shared_ptr<notify::calls> kernel_;
  std::shared_ptr<const policy::mirror> mirror_; ///< null: none
  std::optional<paths::carrier> carrier_;        ///< in a mirror
  cordon::sockets::bound_names names_;
  std::unique_ptr<const cordon::sockets::files> files_;
  notify::caller_fds callers_;
  cordon::sockets::connector connector_;
  cordon::sockets::post_office post_;
  process::time_limit limit_;
  std::unique_ptr<later> later_; ///< made when first needed
};

} // namespace cordon::actors
