// Permissions by place: what a mirror allows. The same answers carry calls out
// and explain them.
#pragma once

#include "core/paths/rules.hpp"
#include "policy/profile.hpp"

#include <string>
#include <vector>

namespace cordon::policy {

/// A place of the view, resolved: no link is left in its path.
struct place_grant {
  std::string path;
  access wanted = access::read;
  origin from;
};
struct place_denial {
  std::string path;
  /// As the kernel names it outside; empty when it did not exist.
  std::string host;
  /// What was there at the start: denied under every name.
  std::vector<paths::object_id> objects;
  origin from;
};

/// Grants reach what is beneath them; a denial wins over every grant, by name,
/// by the name outside, and by object.
class place_rules final : public paths::rules {
public:
  place_rules(std::vector<place_grant> grants,
              std::vector<place_denial> denials);

  [[nodiscard]] bool allows_everywhere(paths::use wanted) const override;
  [[nodiscard]] int judge(paths::use wanted, const paths::position& where,
                          const paths::object_id* object) const override;
  [[nodiscard]] bool holds_still(const paths::position& where) const override;

  /// The denial that covers a place; null for none.
  [[nodiscard]] const place_denial*
  find_denial(const paths::position& where,
              const paths::object_id* object) const;
  /// The grant that allows `wanted` there, denials aside; null for none.
  [[nodiscard]] const place_grant* find_grant(paths::use wanted,
                                              const std::string& path) const;

private:
  std::vector<place_grant> grants_;
  std::vector<place_denial> denials_;
};

} // namespace cordon::policy
