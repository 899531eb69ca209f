#include "actors/routes.hpp"

#include <algorithm>

namespace cordon::actors {

bool routes::takes_raw(int number) const noexcept {
  return std::ranges::find(raw_, number) != raw_.end();
}

std::vector<caf::strong_actor_ptr> routes::everybody() const {
  std::vector<caf::strong_actor_ptr> all;
  for (const auto& each : by_operation_)
    for (const auto& stop : each)
      if (std::ranges::find(all, stop.whom) == all.end())
        all.push_back(stop.whom);
  return all;
}

} // namespace cordon::actors
