#include "core/sockets/bound_names.hpp"

#include <sys/un.h>

#include <utility>

namespace cordon::sockets {

std::string bound_names::spell(std::string_view leaf,
                               std::string_view asked) const {
  constexpr std::string_view here = "./";
  constexpr auto longest = sizeof(sockaddr_un::sun_path);
  std::string made{leaf};
  for (const auto* other = find(made); other != nullptr && *other != asked
                                       && made.size() + here.size() <= longest;
       other = find(made))
    made.insert(0, here);
  return made;
}

void bound_names::remember(std::string spelled, std::string asked) {
  const auto [at, is_new]
      = asked_.insert_or_assign(std::move(spelled), std::move(asked));
  if (!is_new)
    return;
  oldest_.push_back(at->first);
  if (oldest_.size() <= most)
    return;
  asked_.erase(oldest_.front());
  oldest_.pop_front();
}

const std::string* bound_names::find(std::string_view spelled) const {
  const auto found = asked_.find(spelled);
  return found == asked_.end() ? nullptr : &found->second;
}

} // namespace cordon::sockets
