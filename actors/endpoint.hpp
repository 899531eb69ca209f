// The way in to CONTROL: takes clients of the endpoint one request each.
//
// A client that says nothing waits in a list of its own, costs the lane
// nothing, and is sent away after a while or when others want its place.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/lane.hpp"

#include <list>
#include <memory>

namespace cordon::actors {

class endpoint {
public:
  /// Clients that may be silent at once.
  static constexpr std::size_t most_clients = 16;

  /// `listening`: the fd, which somebody else owns and which outlives this.
  endpoint(lane_ptr home, int listening, control_actor to);
  endpoint(const endpoint&) = delete;
  endpoint& operator=(const endpoint&) = delete;
  ~endpoint();

private:
  struct clients;

  std::shared_ptr<clients> clients_;
};

} // namespace cordon::actors
