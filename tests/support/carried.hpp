// A program whose calls about paths are carried out by core/paths, with nothing
// of cordon's above it: a listener, the decoder, the carrier.
#pragma once

#include "core/paths/carrier.hpp"
#include "tests/support/chroots.hpp"

namespace cordon::test {

/// Rules that allow everything.
class no_rules final : public paths::rules {
public:
  [[nodiscard]] bool allows_everywhere(paths::use) const override {
    return true;
  }
  [[nodiscard]] int judge(paths::use, const paths::position&,
                          const paths::object_id*) const override {
    return 0;
  }
  [[nodiscard]] bool holds_still(const paths::position&) const override {
    return false;
  }
};

/// What `ask` returns in a child that is `who`, without capabilities, whose
/// path calls are carried out in `root` with `mounts`. It starts in "/" there.
/// chdir(2) and exec are not carried out. `before` runs in the child while its
/// calls are the kernel's still; its directory is the root's already.
[[nodiscard]] std::string carried(const std::string& root,
                                  const std::vector<bind_mount>& mounts,
                                  const identity& who,
                                  const std::function<std::string()>& ask,
                                  const paths::rules& under = no_rules{},
                                  const std::function<void()>& before = {});

/// The same by a resolver that is broken: it ignores every root, and no rule
/// holds. `confine` is done first, by the thread that answers. Starts in "/".
[[nodiscard]] std::string
carried_without_root(const identity& who,
                     const std::function<std::string()>& ask,
                     const std::function<void()>& confine);

} // namespace cordon::test
