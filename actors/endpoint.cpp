#include "actors/endpoint.hpp"

#include "core/status/control.hpp"

#include <algorithm>

namespace cordon::actors {
namespace {

/// How long a client may be silent. Requests are sent with the connection.
constexpr std::chrono::seconds patience{5};

} // namespace

/// Shared with the lane's timers, which may fire later than the endpoint ends.
struct endpoint::clients : std::enable_shared_from_this<clients> {
  lane_ptr home;
  control_actor to;
  std::list<client_ptr> silent; ///< the one that came first, first

  void accept(int listening) {
    while (auto fd = status::accept_client(listening)) {
      if (silent.size() == most_clients)
        forget(silent.front());
      const auto client = std::make_shared<const unique_fd>(std::move(fd));
      silent.push_back(client);
      home->watch(client->get(),
                  [this, client](std::uint32_t) { hear(client); });
      home->after(patience,
                  [self = weak_from_this(), client = std::weak_ptr(client)] {
                    const auto here = self.lock();
                    const auto who = client.lock();
                    if (here && who)
                      here->forget(who);
                  });
    }
  }

  void hear(const client_ptr& client) {
    const auto asked = status::read_request(client->get());
    if (asked && !*asked)
      return;
    if (asked)
      caf::anon_send(to, visit{client, **asked});
    forget(client);
  }

  void forget(client_ptr client) {
    const auto at = std::ranges::find(silent, client);
    if (at == silent.end())
      return; // served meanwhile
    home->unwatch(client->get());
    silent.erase(at);
  }
};

endpoint::endpoint(lane_ptr home, int listening, control_actor to)
    : home_(std::move(home))
    , listening_(listening)
    , clients_(std::make_shared<clients>()) {
  clients_->home = home_;
  clients_->to = std::move(to);
  home_->watch(listening_,
               [this](std::uint32_t) { clients_->accept(listening_); });
}

endpoint::~endpoint() {
  home_->unwatch(listening_);
  while (!clients_->silent.empty())
    clients_->forget(clients_->silent.front());
}

} // namespace cordon::actors
