// Mirror mode: the file system of a run as its supervisor shows it, from a
// profile to pinned places.
#pragma once

#include "core/landlock/rules.hpp"
#include "core/paths/view.hpp"
#include "policy/issue.hpp"
#include "policy/place_rules.hpp"
#include "policy/profile.hpp"

#include <string>
#include <vector>

namespace cordon::policy {

/// What a profile asks for, in words: absolute paths only. Immutable; goes from
/// the program that starts a run to the one that answers for it.
struct mirror_spec {
  struct place {
    std::string path; ///< in the view
    access wanted = access::read;
    bool must_exist = true;
    origin from;
  };
  std::string root; ///< on the host
  origin root_from;
  struct mount {
    paths::mount_spec what;
    origin from;
  };
  std::vector<mount> mounts;
  std::vector<place> grants;
  std::vector<place> denials;
  std::string hostname; ///< empty: the host's own
  bool sorted = false;  ///< listings, in the order of bytes
};

/// Whether `p` needs a mirror: a root of its own, mounts, denials, or sorted
/// listings.
[[nodiscard]] bool needs_mirror(const profile& p) noexcept;

/// Where that was written; empty when nothing asks for one.
[[nodiscard]] origin mirror_origin(const profile& p);

/// `cwd`: the caller's directory, which relative host paths start in. Without a
/// root of its own the view is the host's, and so are the paths of grants; in a
/// root they must be absolute.
[[nodiscard]] checked<mirror_spec> mirror_of(const profile& p,
                                             const std::string& cwd);

/// The view and its rules, pinned.
class mirror {
public:
  /// Opens everything. Rejects, naming where it was written: a root or mount
  /// that cannot be opened, a mount point that is none, a grant that must exist
  /// and does not.
  [[nodiscard]] static checked<mirror> open(const mirror_spec& spec);

  [[nodiscard]] const paths::view& view() const noexcept {
    return view_;
  }
  [[nodiscard]] const place_rules& rules() const noexcept {
    return rules_;
  }
  [[nodiscard]] const std::string& hostname() const noexcept {
    return hostname_;
  }
  [[nodiscard]] bool sorts_listings() const noexcept {
    return sorted_;
  }
  /// The host paths that may be written to, as grants: for find_self_harm.
  [[nodiscard]] std::vector<grant> writable_on_host() const;
  /// Landlock rules that cover what may be done, for whoever does it. Their
  /// paths are links to fds of this mirror: good while it lives.
  [[nodiscard]] std::vector<landlock::path_rule> lane_rules() const;

private:
  /// A granted place, pinned.
  struct pinned {
    unique_fd fd;
    access wanted;
    origin from;
  };

  mirror(paths::view view, place_rules rules, std::vector<pinned> granted,
         std::vector<unique_fd> denied);

  paths::view view_;
  place_rules rules_;
  std::vector<pinned> granted_;
  /// Held so that their numbers cannot become another object's.
  std::vector<unique_fd> denied_;
  std::string hostname_;
  bool sorted_ = false;
};

} // namespace cordon::policy
