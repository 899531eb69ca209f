#include "actors/endpoint.hpp"

#include "core/status/control.hpp"

#include <algorithm>

namespace cordon::actors {
namespace {

/// How long a client may be silent. Requests are sent with the connection.
constexpr std::chrono::seconds patience{5};

/// When to look again after a client could not be taken.
constexpr std::chrono::milliseconds pause{100};

} // namespace

/// Shared with the lane's timers, which may fire later than the endpoint ends.
struct endpoint::clients : std::enable_shared_from_this<clients> {
  lane_ptr home;
  control_actor to;
  int listening = -1;
  std::list<client_ptr> silent; ///< the one that came first, first

  void open() {
    home->watch(listening, [this](std::uint32_t) { accept(); });
  }

  /// Without a free fd the endpoint stays readable, and the lane would turn
  /// around it.
  void rest() {
    home->unwatch(listening);
    home->after(pause, [self = weak_from_this()] {
      if (const auto here = self.lock())
        here->open();
    });
  }

  void accept() {
    auto fd = status::accept_client(listening);
    for (; fd; fd = status::accept_client(listening)) {
      if (silent.size() == most_clients)
        forget(silent.front());
      const auto client = std::make_shared<const unique_fd>(std::move(*fd));
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
    if (fd.error().code != EAGAIN)
      rest();
  }

  void hear(const client_ptr& client) {
    const auto asked = status::read_request(client->get());
    if (asked && !*asked)
      return;
    if (asked)
      caf::anon_send(to, visit{client, **asked});
    forget(client);
  }

  /// Both what watches it and the list let go of it: not to be used afterwards.
  void forget(const client_ptr& client) {
    const auto at = std::ranges::find(silent, client);
    if (at == silent.end())
      return; // served meanwhile
    home->unwatch(client->get());
    silent.erase(at);
  }
};

endpoint::endpoint(lane_ptr home, int listening, control_actor to)
    : clients_(std::make_shared<clients>()) {
  clients_->home = std::move(home);
  clients_->to = std::move(to);
  clients_->listening = listening;
  clients_->open();
}

endpoint::~endpoint() {
  clients_->home->unwatch(clients_->listening);
  while (!clients_->silent.empty())
    clients_->forget(clients_->silent.front());
}

} // namespace cordon::actors
