#include "policy/place_rules.hpp"

#include "policy/covers.hpp"

#include <algorithm>
#include <cerrno>

namespace cordon::policy {

using paths::use;

place_rules::place_rules(std::vector<place_grant> grants,
                         std::vector<place_denial> denials)
    : grants_(std::move(grants))
    , denials_(std::move(denials)) {
}

bool place_rules::allows_everywhere(use wanted) const {
  return denials_.empty() && std::ranges::any_of(grants_, [&](const auto& g) {
           return g.path == "/"
                  && (wanted != use::write || g.wanted == access::write);
         });
}

const place_denial*
place_rules::find_denial(const paths::position& where,
                         const paths::object_id* object) const {
  const auto meant = [&](const place_denial& denial) {
    return covers(denial.path, where.path)
           || (!denial.host.empty() && covers(denial.host, where.host))
           || (object != nullptr
               && std::ranges::find(denial.objects, *object)
                      != denial.objects.end());
  };
  const auto found = std::ranges::find_if(denials_, meant);
  return found == denials_.end() ? nullptr : &*found;
}

const place_grant* place_rules::find_grant(use wanted,
                                           const std::string& path) const {
  const auto enough = [&](const place_grant& grant) {
    if (wanted == use::write && grant.wanted != access::write)
      return false;
    // What leads to a grant may be passed through.
    return covers(grant.path, path)
           || (wanted == use::see && covers(path, grant.path));
  };
  const auto found = std::ranges::find_if(grants_, enough);
  return found == grants_.end() ? nullptr : &*found;
}

int place_rules::judge(use wanted, const paths::position& where,
                       const paths::object_id* object) const {
  if (find_denial(where, object) != nullptr)
    return EACCES;
  return find_grant(wanted, where.path) != nullptr ? 0 : EACCES;
}

bool place_rules::holds_still(const paths::position& where) const {
  return std::ranges::any_of(denials_, [&](const place_denial& denial) {
    return covers(where.path, denial.path)
           || (!denial.host.empty() && covers(where.host, denial.host));
  });
}

} // namespace cordon::policy
